// Any program that verify() accepts, over a small file in chunks: every block of memory that it may
// touch has exactly its size, so that AddressSanitizer sees a step outside, above all at accesses
// that the verifier has proven to need no check. Fuel, records and output stay within the bounds,
// no access that was proven faults, the portable kernel and the CPU backend leave the same, and so
// does the naive interpreter where it is fast enough.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/cpu/cpu_level.hpp"
#include "base/check.hpp"
#include "tests/fuzz/cpu_program.hpp"
#include "tests/fuzz/program_from_bytes.hpp"
#include "tests/oracle/file_answer.hpp"
#include "tests/oracle/knowledge_check.hpp"
#include "tests/support/reference_run.hpp"
#include "vyre/program.hpp"
#include "wire/fault.hpp"

namespace vyre::fuzz {
namespace {

/// So that an input takes milliseconds: fuel of a whole run, and of one that runs twice.
constexpr u64 kMostFuel = u64{1} << 15;
constexpr u64 kMostNaiveFuel = u64{1} << 12;
constexpr std::size_t kMostNaiveBytes = 600;

std::string make_file(ByteSource& in) {
  const u8 choice = in.byte();
  const u16 number = in.half();
  std::size_t size = number % 512;
  if (choice % 16 == 0) size = kTileBytes - 8 + number % 16;
  if (choice % 16 == 1) size = kTileBytes + kHaloBytes - 8 + number % 16;
  if (choice % 16 == 2) size = 2 * kTileBytes - 8 + number % 16;
  if (choice % 16 == 3) size = number;
  const auto given = in.bytes(16);
  std::string file(size, 'a');
  for (std::size_t i = 0; i < size && !given.empty(); ++i) {
    file[i] = static_cast<char>(given[(i + i / 251) % given.size()]);
  }
  return file;
}

/// A copy in a heap block of exactly its size.
struct ExactBlock {
  explicit ExactBlock(std::string_view text) : bytes(new char[text.size()]), size(text.size()) {
    std::copy(text.begin(), text.end(), bytes.get());
  }
  std::unique_ptr<char[]> bytes;
  std::size_t size;
};

void check_outcome(const VerifiedProgram& program, const wire::OutcomeHeader& outcome) {
  const ProgramBounds& bounds = program.bounds();
  VYRE_CHECK(outcome.fuel <= bounds.fuel_per_tile * outcome.tiles);
  VYRE_CHECK(outcome.output_bytes <= u64{bounds.output_per_tile} * outcome.tiles);
  if (outcome.fault_code == 0) {
    VYRE_CHECK(outcome.record_count <= bounds.records_per_tile * outcome.tiles);
    return;
  }
  VYRE_CHECK(outcome.fault_instruction < program.program().code.size());
  // The instruction that exhausts the budget may access what it should, and has counted its
  // records; nobody reports them.
  if (outcome.fault_code == static_cast<u32>(wire::FaultCode::kEmitBudgetExhausted)) return;
  VYRE_CHECK(!program.proven()[outcome.fault_instruction]);
}

using Runner = std::function<testing::ChunkRun(std::string_view, testing::OwnPart,
                                               const testing::ChunkOptions&)>;

/// What a run leaves of each chunk, up to the first that faults, and of the window.
struct FileOutcome {
  std::vector<testing::ChunkRun> chunks;
  std::vector<u32> window;
};

/// Runs the file with room for `room` records and bytes of output in each chunk, perhaps too few.
FileOutcome run_in_exact_memory(const VerifiedProgram& program, std::string_view file,
                                u32 own_bytes, u32 room, const Runner& runner) {
  FileOutcome left;
  left.window.resize(program.bounds().window_words, 7);
  testing::ChunkOptions options{0, {}, room, room, left.window};
  for (const testing::FileChunk& cut : testing::cut_file(file, own_bytes)) {
    const ExactBlock block(cut.bytes);
    options.file_offset = cut.file_offset;
    left.chunks.push_back(runner({block.bytes.get(), block.size}, cut.own, options));
    const testing::ChunkRun& run = left.chunks.back();
    check_outcome(program, run.outcome);
    if (run.outcome.fault_code != 0) return left;
    VYRE_CHECK(std::ranges::is_sorted(run.records));
    std::ranges::copy(run.outcome.carry, options.carry.begin());
  }
  return left;
}

/// Two machines left the same.
void check_equal(const VerifiedProgram& program, const FileOutcome& left,
                 const FileOutcome& right) {
  VYRE_CHECK(left.chunks.size() == right.chunks.size());
  for (std::size_t i = 0; i < left.chunks.size(); ++i) {
    const wire::OutcomeHeader& a = left.chunks[i].outcome;
    const wire::OutcomeHeader& b = right.chunks[i].outcome;
    VYRE_CHECK(a.fault_code == b.fault_code && a.fault_instruction == b.fault_instruction);
    VYRE_CHECK(a.fault_tile == b.fault_tile);
    if (a.fault_code != 0) return;
    VYRE_CHECK(a.fuel == b.fuel && a.tiles == b.tiles);
    VYRE_CHECK(a.record_count == b.record_count &&
               left.chunks[i].records == right.chunks[i].records);
    VYRE_CHECK(a.output_bytes == b.output_bytes && left.chunks[i].output == right.chunks[i].output);
    VYRE_CHECK(std::equal(a.results, a.results + program.bounds().result_words, b.results));
    VYRE_CHECK(std::equal(a.carry, a.carry + program.program().carry_words, b.carry));
  }
  VYRE_CHECK(left.window == right.window);
}

/// By the portable kernel, and by the CPU backend at one of the processor's levels.
void run_on_both(const VerifiedProgram& program, std::string_view file, u32 own_bytes, u32 room) {
  static const std::vector<backend::CpuLevel> kLevels = backend::cpu_levels();
  const testing::ProgramImage image(program);
  CpuProgram on_cpu(program.program(), image, kLevels[room % kLevels.size()]);
  const auto portable = [&](std::string_view chunk, testing::OwnPart own,
                            const testing::ChunkOptions& options) {
    return testing::run_chunk(image, chunk, own, options);
  };
  const auto by_cpu = [&](std::string_view chunk, testing::OwnPart own,
                          const testing::ChunkOptions& options) {
    return on_cpu.run_chunk(chunk, own, options);
  };
  check_equal(program, run_in_exact_memory(program, file, own_bytes, room, portable),
              run_in_exact_memory(program, file, own_bytes, room, by_cpu));
}

/// The naive interpreter's answer is the kernel's, and keeps the verifier's promises.
void compare_with_naive(const VerifiedProgram& program, std::string_view file, u32 own_bytes) {
  std::vector<u32> window(program.bounds().window_words, 7);
  oracle::KnowledgeCheck knowledge(program.program());
  const oracle::NaiveRun naive =
      oracle::run_naive(program.program(), file, window, knowledge.observer());
  if (naive.broken_promise) fmt::print(stderr, "{}\n", *naive.broken_promise);
  VYRE_CHECK(!naive.broken_promise);
  if (knowledge.problem()) fmt::print(stderr, "{}\n", *knowledge.problem());
  VYRE_CHECK(!knowledge.problem());
  const auto run = testing::run_file_in_chunks(program, file, own_bytes, window);
  const auto difference =
      oracle::first_difference(oracle::answer_of(naive), oracle::answer_of(run, window));
  if (difference) fmt::print(stderr, "{}\n", *difference);
  VYRE_CHECK(!difference);
}

void run_input(ByteSource in) {
  const std::string file = make_file(in);
  const u32 own_bytes = kTileBytes * (1 + in.below(2));
  const u32 room = in.half() % 4096;
  const auto program = verify(program_from_bytes(in));
  if (!program) return;
  const u64 tiles = file.size() / kTileBytes + 1;
  if (program->fuel_per_tile() > kMostFuel / tiles) return;
  run_on_both(*program, file, own_bytes, room);
  if (file.size() <= kMostNaiveBytes && program->fuel_per_tile() <= kMostNaiveFuel) {
    compare_with_naive(*program, file, own_bytes);
  }
}

}  // namespace
}  // namespace vyre::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vyre::fuzz::run_input(vyre::fuzz::ByteSource(std::as_bytes(std::span(data, size))));
  return 0;
}
