#include "tests/oracle/differential.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/oracle/file_generator.hpp"
#include "tests/oracle/generated_declarations.hpp"
#include "tests/oracle/knowledge_check.hpp"
#include "vyre/program_text.hpp"

namespace vyre::oracle {
namespace {

/// What the forms of a program must agree on.
std::optional<std::string> form_problem(const Program& program) {
  const auto decoded = decode(encode(program));
  if (!decoded) return "decode(encode(p)): " + decoded.error().message();
  if (*decoded != program) return "decode(encode(p)) is another program";
  const auto assembled = assemble(disassemble(program));
  if (!assembled) return "assemble(disassemble(p)): " + assembled.error().message();
  if (*assembled != program) return "assemble(disassemble(p)) is another program";
  return std::nullopt;
}

/// What the verifier promised and the naive run did not keep.
std::optional<std::string> promise_problem(const VerifiedProgram& verified, const NaiveRun& run) {
  if (run.broken_promise) return *run.broken_promise;
  // A budget is no bound of memory: it is counted whatever is proven.
  const bool out_of_bounds = run.fault && run.fault->code != wire::FaultCode::kEmitBudgetExhausted;
  if (out_of_bounds && verified.proven()[run.fault->instruction]) {
    return fmt::format("instruction {} was proven to stay in bounds", run.fault->instruction);
  }
  const ProgramBounds& bounds = verified.bounds();
  const auto above = [](const char* what, u64 used, u64 bound) -> std::optional<std::string> {
    if (used <= bound) return std::nullopt;
    return fmt::format("{}: a tile used {}, at most {} was promised", what, used, bound);
  };
  auto problem = above("fuel", run.used.fuel, bounds.fuel_per_tile);
  if (!problem) problem = above("records", run.used.records, bounds.records_per_tile);
  if (!problem) problem = above("output", run.used.output, bounds.output_per_tile);
  return problem;
}

std::string named(const char* name, const std::string& problem) {
  return fmt::format("{}: {}", name, problem);
}

}  // namespace

DifferentialCase::DifferentialCase(u64 case_seed) : seed(case_seed) {
  GeneratedProgram generated = generate_program(seed);
  program = std::move(generated.program);
  Chance chance(~seed);
  file = generate_file(chance, generated.planted);
  for (u32 word = 0; word < kWindowWords; ++word) window.push_back(chance.edge_number());
  own_bytes = kTileBytes * chance.between(1, 5);
  workers = chance.between(1, 4);
  resources = generate_resources(chance);
}

HostResult run_on_host(const DifferentialCase& test) {
  HostResult result;
  auto verified = verify(test.program);
  if (!verified) {
    result.difference = named("verifier", verified.error().message());
    return result;
  }
  if (const auto problem = form_problem(test.program)) {
    result.difference = named("form", *problem);
    return result;
  }
  KnowledgeCheck knowledge(test.program);
  const NaiveRun naive =
      run_naive(test.program, test.file, test.window, knowledge.observer(), test.resources);
  result.executed = naive.used.executed;
  if (knowledge.problem()) {
    result.difference = named("verifier's knowledge", *knowledge.problem());
    return result;
  }
  if (const auto problem = promise_problem(*verified, naive)) {
    result.difference = named("verifier's promise", *problem);
    return result;
  }
  result.answer = answer_of(naive);
  for (const u32 own_bytes : {kTileBytes, test.own_bytes}) {
    std::vector<u32> window = test.window;
    const auto run =
        testing::run_file_in_chunks(*verified, test.file, own_bytes, window, test.resources);
    const auto problem = first_difference(result.answer, answer_of(run, window));
    if (problem) {
      result.difference = named("kernel", fmt::format("chunks own {}: {}", own_bytes, *problem));
      return result;
    }
  }
  result.program = std::move(*verified);
  return result;
}

std::optional<std::string> machine_difference(const DifferentialCase& test, const HostResult& host,
                                              MachineRun& machine, MachineRun::Loaded loaded) {
  // Nobody knows how much the chunks of a run that faults leave; nothing of it counts.
  std::optional<ChunkRoom> room;
  if (!host.answer.fault) {
    room = ChunkRoom{static_cast<u32>(host.answer.records.size()), host.answer.output.size()};
  }
  const FileAnswer answer = machine.run(host.program.value(), loaded, test.file, test.own_bytes,
                                        test.window, room, test.resources);
  const auto problem = first_difference(host.answer, answer);
  return problem ? std::optional(named("backend", *problem)) : std::nullopt;
}

MachineRun& Comparison::machine(unsigned workers) {
  auto& slot = machines_.at(workers);
  if (slot == nullptr) slot = std::make_unique<MachineRun>(workers);
  return *slot;
}

HostResult Comparison::run(const DifferentialCase& test) {
  HostResult result = run_on_host(test);
  if (!result.difference) {
    MachineRun& run = machine(test.workers);
    result.difference = machine_difference(test, result, run, run.load(*result.program));
  }
  return result;
}

std::string describe(const DifferentialCase& test) {
  return fmt::format(
      "seed {}: {} instructions, a file of {} bytes, chunks own {} bytes, {} workers\n"
      "to replay: scripts/differential 1 {}\n{}",
      test.seed, test.program.code.size(), test.file.size(), test.own_bytes, test.workers,
      test.seed, disassemble(test.program));
}

}  // namespace vyre::oracle
