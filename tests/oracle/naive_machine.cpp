#include "tests/oracle/naive_machine.hpp"

#include <algorithm>

#include "tests/oracle/crc32c_arithmetic.hpp"

namespace vyre::oracle {
namespace {

u64 neutral(Combine combine) { return combine == Combine::kMin ? ~u64{0} : 0; }

/// The words with which the file's first tile begins.
std::vector<u64> neutral_results(const Program& program) {
  std::vector<u64> words;
  for (const ResultDeclaration& declaration : program.results) {
    words.insert(words.end(), declaration.count, neutral(declaration.combine));
  }
  return words;
}

template <typename T>
const T& promised(const std::optional<T>& value, const char* letter, u32 index) {
  if (!value) throw BrokenPromise{"reads " + (letter + std::to_string(index)) + ", never set"};
  return *value;
}

}  // namespace

NaiveMachine::NaiveMachine(const Program& program, std::string_view file, std::vector<u32> window,
                           NaiveObserver observer, const std::vector<std::string>& resources)
    : program_(program),
      file_(file),
      observer_(std::move(observer)),
      resources_(resources),
      tile_(file, 0),
      carry_(program.carry_words, 0),
      results_(neutral_results(program)),
      window_(std::move(window)) {}

/// An empty file has one tile, too.
u64 NaiveMachine::tiles() const {
  return file_.empty() ? 1 : (file_.size() + kTileBytes - 1) / kTileBytes;
}

void NaiveMachine::run_tile(u64 number) {
  tile_ = NaiveTile(file_, number);
  at_ = 0;
  halted_ = false;
  loops_.clear();
  registers_ = {};
  crc_part_.reset();
  inbox_.clear();
  fuel_ = tile_records_ = tile_output_ = 0;
  while (!halted_) step();
  used_.fuel = std::max(used_.fuel, fuel_);
  used_.records = std::max(used_.records, tile_records_);
  used_.output = std::max(used_.output, tile_output_);
}

void NaiveMachine::step() {
  if (at_ >= program_.code.size()) throw BrokenPromise{"runs off the program's end"};
  const vir0::Instruction i = vir0::unpack(program_.code[at_]);
  if (observer_) observer_(at_, tile_, registers_);
  fuel_ += vir0::fuel_of(i.op);
  ++used_.executed[i.op];
  if (run_control(i)) return;
  const bool known = run_scalar(i) || run_vector(i) || run_across_lanes(i) || run_mask(i) ||
                     run_ballot(i) || run_tile_load(i) || run_table_load(i) || run_window(i) ||
                     run_carry(i) || run_output(i) || run_io(i) || run_macro(i);
  if (!known) throw BrokenPromise{"opcode " + std::to_string(static_cast<u32>(i.op)) + " unknown"};
  ++at_;
}

u64 NaiveMachine::scalar(u32 index) const {
  return promised(registers_.scalars.at(index), "s", index);
}
const Lanes& NaiveMachine::vector(u32 index) const {
  return promised(registers_.vectors.at(index), "v", index);
}
const Mask& NaiveMachine::mask(u32 index) const {
  return promised(registers_.masks.at(index), "m", index);
}

const std::vector<std::byte>& NaiveMachine::table(u32 index) const {
  if (index >= program_.tables.size()) throw BrokenPromise{"names a table that is not there"};
  return program_.tables[index];
}

u64& NaiveMachine::carry_word(u32 index) {
  if (index >= carry_.size()) throw BrokenPromise{"names a carry word that is not declared"};
  return carry_[index];
}

Combine NaiveMachine::combine_of(u32 word) const {
  u64 first = 0;
  for (const ResultDeclaration& declaration : program_.results) {
    if (word < first + declaration.count) return declaration.combine;
    first += declaration.count;
  }
  throw BrokenPromise{"names a result word that is not declared"};
}

void NaiveMachine::combine(u32 word, u64 value) {
  switch (combine_of(word)) {
    case Combine::kSum:
      results_[word] += value;
      return;
    case Combine::kMin:
      results_[word] = std::min(results_[word], value);
      return;
    case Combine::kMax:
      results_[word] = std::max(results_[word], value);
      return;
    case Combine::kOr:
      results_[word] |= value;
      return;
    case Combine::kXor:
    case Combine::kCrc32c:
      results_[word] ^= value;
      return;
  }
}

NaiveRun NaiveMachine::finish(std::optional<NaiveFault> fault,
                              std::optional<std::string> broken_promise) {
  NaiveRun run;
  run.fault = fault;
  run.broken_promise = std::move(broken_promise);
  run.used = std::move(used_);
  run.window = std::move(window_);
  if (run.fault || run.broken_promise) return run;
  std::sort(records_.begin(), records_.end());
  run.records = std::move(records_);
  run.output = std::move(output_);
  run.results = std::move(results_);
  for (u32 word = 0; word < run.results.size(); ++word) {
    if (combine_of(word) != Combine::kCrc32c) continue;
    const u64 bits = 8 * u64{file_.size()};
    const u32 parts = static_cast<u32>(run.results[word]);
    run.results[word] = static_cast<u32>(~times_x(parts ^ 0xFFFFFFFF, bits));
  }
  return run;
}

NaiveRun run_naive(const Program& program, std::string_view file, std::vector<u32> window,
                   const NaiveObserver& observer, const std::vector<std::string>& resources) {
  NaiveMachine machine(program, file, std::move(window), observer, resources);
  for (u64 tile = 0; tile < machine.tiles(); ++tile) {
    try {
      machine.run_tile(tile);
    } catch (const Faulted& faulted) {
      return machine.finish(NaiveFault{faulted.code, machine.instruction(), tile}, std::nullopt);
    } catch (const BrokenPromise& broken) {
      return machine.finish(std::nullopt, "instruction " + std::to_string(machine.instruction()) +
                                              ": " + broken.what);
    }
  }
  return machine.finish(std::nullopt, std::nullopt);
}

}  // namespace vyre::oracle
