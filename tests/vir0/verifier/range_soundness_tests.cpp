#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "kernel/portable_platform.hpp"
#include "tests/support/reference_run.hpp"
#include "tests/vir0/verifier/random_code.hpp"
#include "vir0/verifier_analysis.hpp"
#include "vir0/verifier_immediates.hpp"
#include "wire/fault.hpp"

// Runs random programs with the kernel, one instruction at a time, and holds every register against
// what the verifier says about it at that place. VYRE_RANGE_SEED and VYRE_RANGE_PROGRAMS replay a
// seed or run more of them.
namespace vyre::testing {
namespace {

using vir0::Extent;
using vir0::i64;
using vir0::RegisterState;
using vir0::Value;

using Run = kernel::TileRun<kernel::HostGroup, kernel::PortablePlatform>;

constexpr u64 kOrdinaryPrograms = 600;

u64 from_environment(const char* name, u64 otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

/// All registers are set by the prologue; only these are used behind it.
constexpr u32 kUsed = RandomCode::kUsedRegisters;

bool contains(const Value& known, u64 value, const kernel::TileView& tile) {
  if (!known.range.contains(value)) return false;
  if (!known.limit) return true;
  const i64 extents[] = {tile.length, tile.after, i64{tile.length} + tile.after};
  const i64 most = std::max(known.limit->floor,
                            extents[static_cast<u8>(known.limit->extent)] + known.limit->slack);
  return value < u64{1} << 62 && static_cast<i64>(value) <= most;
}

/// What is wrong, or nothing.
std::string wrong_scalar(const RegisterState& state, const Run& run) {
  for (u32 i = 0; i < kUsed; ++i) {
    if (!contains(state.scalars[i], run.scalars[i], run.tile)) {
      return "s" + std::to_string(i) + " = " + std::to_string(run.scalars[i]);
    }
  }
  return {};
}

std::string wrong_vector(const RegisterState& state, const Run& run, u32 i, u32 lane) {
  const std::string name = "v" + std::to_string(i) + " lane " + std::to_string(lane);
  const vir0::VectorValue& known = state.vectors[i];
  const u32 value = run.registers.vectors[i][lane];
  if (!contains(known.value, value, run.tile)) return name + " = " + std::to_string(value);
  for (u32 other = 0; other < i; ++other) {
    const vir0::VectorValue& same = state.vectors[other];
    if (same.base != known.base) continue;
    const i64 apart = i64{value} - i64{run.registers.vectors[other][lane]};
    if (apart != known.delta - same.delta) return name + " is not apart as its base says";
  }
  for (u32 m = 0; m < kUsed; ++m) {
    const bool has = run.registers.masks[m][lane] != 0;
    const vir0::MaskFacts& facts = has ? state.masks[m].inside : state.masks[m].outside;
    if (!contains(facts.refine(known), value, run.tile)) {
      return name + " = " + std::to_string(value) + " under m" + std::to_string(m);
    }
  }
  return {};
}

std::string wrong_mask(const RegisterState& state, const Run& run, u32 lane) {
  using Known = vir0::MaskValue::Known;
  for (u32 m = 0; m < kUsed; ++m) {
    const Known known = state.masks[m].known;
    const bool has = run.registers.masks[m][lane] != 0;
    if ((known == Known::kFull && !has) || (known == Known::kEmpty && has)) {
      return "m" + std::to_string(m) + " lane " + std::to_string(lane);
    }
  }
  return {};
}

std::string wrong_register(const RegisterState& state, const Run& run) {
  std::string wrong = wrong_scalar(state, run);
  for (u32 lane = 0; wrong.empty() && lane < kLanes; ++lane) {
    for (u32 i = 0; wrong.empty() && i < kUsed; ++i) {
      wrong = wrong_vector(state, run, i, lane);
    }
    if (wrong.empty()) wrong = wrong_mask(state, run, lane);
  }
  return wrong;
}

std::vector<RegisterState> states_of(const Program& program) {
  const auto code = vir0::read_code(program);
  EXPECT_TRUE(code);
  std::vector<RegisterState> states;
  for (vir0::RangeAnalysis ranges(program, *code); !ranges.done(); ranges.advance()) {
    states.push_back(ranges.state());
  }
  return states;
}

/// The memory around a tile's run.
class Bench {
 public:
  explicit Bench(const VerifiedProgram& verified)
      : image_(verified.program()), window_(verified.bounds().window_words), records_(1 << 16) {}

  /// A tile of the chunk; the next call ends it.
  Run open(const std::string& chunk, u32 own_begin) {
    const auto size = static_cast<u32>(chunk.size());
    tile_ = kernel::make_tile(reinterpret_cast<const u8*>(chunk.data()), size, 0, own_begin, size);
    sink_ = {records_.data(), static_cast<u32>(records_.size()), 0};
    registers_->carry[0] = chunk.size() * 0x9E3779B97F4A7C15u;
    return {.group = kernel::HostGroup{},
            .platform = platform_,
            .program = image_.view(),
            .tile = tile_,
            .registers = *registers_,
            .records = sink_,
            .output = {nullptr, 0, 0},
            .window = window_.data(),
            .scalars = {},
            .loops = {},
            .at = 0,
            .fuel = 0,
            .records_before = 0,
            .output_before = 0};
  }

 private:
  ProgramImage image_;
  std::vector<u32> window_;
  std::vector<wire::Record> records_;
  kernel::TileView tile_{};
  kernel::RecordSink sink_{};
  kernel::PortablePlatform platform_;
  std::unique_ptr<kernel::Registers> registers_ = std::make_unique<kernel::Registers>();
};

struct Tally {
  u64 instructions = 0;
  u64 proven = 0;
  u64 faults = 0;
};

/// Runs the tile with every check in place.
void run_and_compare(const VerifiedProgram& verified, const std::vector<RegisterState>& states,
                     u32 prologue, Run run, Tally& tally) {
  while (true) {
    const u32 at = run.at++;
    const auto instruction = vir0::unpack(run.program.code[at]);
    if (at >= prologue) {
      const std::string wrong = wrong_register(states[at], run);
      ASSERT_TRUE(wrong.empty()) << "before instruction " << at << ": " << wrong;
    }
    ++tally.instructions;
    tally.proven += verified.proven()[at] ? 1 : 0;
    const u32 ended = kernel::run_instruction(run, instruction);
    if (ended == kernel::kGoOn) continue;
    if (ended == kernel::kHalted) return;
    ++tally.faults;
    ASSERT_FALSE(verified.proven()[at]) << "proven instruction " << at << " faults";
    return;
  }
}

TEST(RangeSoundness, RegistersStayInsideWhatTheVerifierKnows) {
  const std::string file(2 * kTileBytes + 777, 'x');
  const std::pair<u32, u32> tiles[] = {
      {0, 0}, {1, 0}, {77, 0}, {5000, 0}, {kTileBytes + 3, 0}, {2 * kTileBytes + 777, kTileBytes}};
  const u64 first_seed = from_environment("VYRE_RANGE_SEED", 1);
  const u64 programs = from_environment("VYRE_RANGE_PROGRAMS", kOrdinaryPrograms);
  Tally tally;
  u64 accepted = 0;
  for (u64 seed = first_seed; seed < first_seed + programs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomCode code = random_code(seed);
    const auto verified = verify(code.program);
    // The only reason to reject one is an access that is always out of bounds.
    if (!verified) {
      ASSERT_NE(verified.error().what.find("in bounds"), std::string::npos)
          << verified.error().message();
      continue;
    }
    ++accepted;
    const auto states = states_of(code.program);
    Bench bench(*verified);
    for (const auto& [size, begin] : tiles) {
      const std::string chunk = file.substr(0, size);
      run_and_compare(*verified, states, code.prologue, bench.open(chunk, begin), tally);
      if (HasFatalFailure()) return;
    }
  }
  std::cout << "seeds " << first_seed << " to " << first_seed + programs - 1 << ": " << accepted
            << " programs, " << tally.instructions << " instructions, " << tally.proven
            << " of them proven accesses, " << tally.faults << " faults\n";
  // One program alone, replayed, may have nothing to show.
  if (programs < kOrdinaryPrograms) return;
  EXPECT_GT(accepted, programs / 2);
  EXPECT_GT(tally.proven, programs);
  EXPECT_GT(tally.faults, programs);
}

}  // namespace
}  // namespace vyre::testing
