#include <algorithm>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_text.hpp"

// Faults of programs on chunks of many tiles, which a machine may run beside each other: what
// counts is the first tile in order that faults, at its first instruction that does.
namespace vyre::backend {
namespace {

using wire::FaultCode;
using ProgramFaults = MachineTest;

constexpr u32 kTiles = 40;

/// Faults in every tile that has an 'F'; it has one, in s0.
struct FaultCase {
  const char* name;
  const char* declarations;
  /// Its first instruction is number 2.
  const char* fault;
  FaultCode code;
  u32 instruction;
};

const FaultCase kFaultCases[] = {
    {"load", "", "v.splat v0, s0\n v.muli v0, v0, 1000000\n m.const m0, 1\n v.load.u8 v0, v0, m0",
     FaultCode::kTileOutOfRange, 5},
    {"load of four bytes", "",
     "v.splat v0, s0\n v.muli v0, v0, 69630\n m.const m0, 1\n v.load.u32 v0, v0, m0",
     FaultCode::kTileOutOfRange, 5},
    {"emit outside", "",
     "v.splat v0, s0\n v.muli v0, v0, 1000000\n m.const m0, 1\n emit v0, v0, m0",
     FaultCode::kTileOutOfRange, 5},
    {"copy outside", "", "s.muli s1, s0, 200000\n s.const s0, 0\n copy s0, s1",
     FaultCode::kTileOutOfRange, 4},
    {"table", ".table\n.hex 010203\n", "v.lane v0\n m.const m0, 1\n v.table.u8 v0, v0, m0, 0",
     FaultCode::kTableOutOfRange, 4},
    {"window", ".window w add 1 100\n", "v.lane v0\n m.const m0, 1\n w.add v0, v0, m0, w",
     FaultCode::kWindowOutOfRange, 4},
    {"window of state", ".window w state 1 100\n",
     "v.lane v0\n m.const m0, 1\n w.store v0, v0, m0, w", FaultCode::kWindowOutOfRange, 4},
    {"output", "", "s.const s0, 0\n s.const s1, 65536\n copy s0, s1\n s.const s1, 1\n copy s0, s1",
     FaultCode::kOutputOutOfRange, 6},
    {"budget", ".emit 3\n", "v.lane v0\n m.lti m0, v0, 4\n emit v0, v0, m0",
     FaultCode::kEmitBudgetExhausted, 4},
    {"budget of find", ".emit 3\n.table t\n .text \"xx\"\n", "s.const s1, 0\n find.emit s1, t",
     FaultCode::kEmitBudgetExhausted, 3},
    {"with carry", ".carry 2\n.table\n.hex 010203\n",
     "c.store s0, 1\n v.lane v0\n m.const m0, 1\n v.table.u8 v0, v0, m0, 0",
     FaultCode::kTableOutOfRange, 5},
};

VerifiedProgram faulty(const FaultCase& test) {
  const std::string text = std::string(test.declarations) +
                           " count.byte s0, 'F'\n branch.zero s0, fine\n " + test.fault +
                           "\nfine:\n halt\n";
  const auto program = assemble(text);
  EXPECT_TRUE(program) << test.name << ": " << program.error().message();
  auto verified = verify(program.value());
  EXPECT_TRUE(verified) << test.name << ": " << verified.error().message();
  return std::move(*verified);
}

/// Full tiles; the named ones with a mark somewhere in the midst.
std::string marked(const std::vector<u32>& tiles, char mark = 'F') {
  std::string text(std::size_t{kTiles} * kTileBytes, 'x');
  for (const u32 tile : tiles) text[tile * kTileBytes + 9 * tile + 40] = mark;
  return text;
}

TEST_F(ProgramFaults, TheFirstTileInOrderThatFaultsCounts) {
  const auto kernel = make_machine(3, {});
  TextBuffer text(*kernel, std::size_t{6} * kTiles * kTileBytes);
  const std::vector<u32> places[] = {{0}, {39}, {7, 9, 30}, {38, 39}, {5, 6, 20, 21}};
  std::vector<u64> offsets;
  for (const auto& tiles : places) offsets.push_back(text.add(marked(tiles)));
  const u64 sound = text.add(marked({}));
  const Region region = kernel->add_region(text.bytes(), 1, 40, 4096).value();
  constexpr u32 kLength = kTiles * kTileBytes;
  u32 faults = 0;
  for (const FaultCase& test : kFaultCases) {
    SCOPED_TRACE(test.name);
    WorkItem work = chunk_item(kernel->load(faulty(test), 2).value(), region, kLength, 0, 2);
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      work.arguments[wire::chunk_argument::kDataOffsetLow] = static_cast<u32>(offsets[i]);
      const wire::WorkSlot slot = run_slot(*kernel, work);
      ASSERT_EQ(fault_of(slot), test.code) << "first fault in tile " << places[i].front();
      EXPECT_EQ(slot.arguments[wire::kFaultDetailArgument], test.instruction);
      EXPECT_EQ(region.outcome(0).fault_code, static_cast<u32>(test.code));
      EXPECT_EQ(region.outcome(0).fault_instruction, test.instruction);
      EXPECT_EQ(region.outcome(0).fault_tile, places[i].front());
      ++faults;
    }
    work.arguments[wire::chunk_argument::kDataOffsetLow] = static_cast<u32>(sound);
    ASSERT_TRUE(is_done(run_slot(*kernel, work)));
    EXPECT_EQ(region.outcome(0).fault_code, 0u);
    EXPECT_EQ(region.outcome(0).tiles, kTiles);
  }
  EXPECT_EQ(kernel->metrics().faults, faults);
  EXPECT_EQ(kernel->metrics().programs, std::size(kFaultCases));
}

TEST_F(ProgramFaults, ItsOwnFirstInstructionCounts) {
  const auto program = assemble(
      ".table\n.hex 010203\n count.byte s0, 'F'\n branch.zero s0, next\n v.lane v0\n"
      " m.const m0, 1\n v.table.u8 v0, v0, m0, 0\nnext:\n count.byte s0, 'G'\n"
      " branch.zero s0, fine\n v.splat v0, s0\n v.muli v0, v0, 1000000\n m.const m0, 1\n"
      " v.load.u8 v0, v0, m0\nfine:\n halt\n");
  ASSERT_TRUE(program) << program.error().message();
  const auto kernel = make_machine(3, {});
  const u32 opcode = kernel->load(verify(*program).value(), 0).value();
  struct Row {
    u32 table_tile;
    u32 load_tile;
  };
  for (const Row& row : {Row{3, 4}, Row{4, 3}, Row{12, 12}, Row{39, 38}}) {
    std::string content = marked({row.table_tile});
    content[row.load_tile * kTileBytes] = 'G';
    const TextBuffer text(*kernel, content);
    const Region region = kernel->add_region(text.bytes(), 1, 0).value();
    const bool by_table = row.table_tile <= row.load_tile;
    const wire::WorkSlot slot = run_slot(*kernel, chunk_item(opcode, region, text.size()));
    EXPECT_EQ(fault_of(slot), by_table ? FaultCode::kTableOutOfRange : FaultCode::kTileOutOfRange);
    EXPECT_EQ(region.outcome(0).fault_tile, std::min(row.table_tile, row.load_tile));
    EXPECT_EQ(region.outcome(0).fault_instruction, by_table ? 4u : 10u);
  }
}

}  // namespace
}  // namespace vyre::backend
