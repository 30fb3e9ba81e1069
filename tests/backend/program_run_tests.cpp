#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_builder.hpp"

namespace vyre::backend {
namespace {

using wire::FaultCode;

constexpr ScalarRegister s0{0}, s1{1};
constexpr VectorRegister v0{0};
constexpr MaskRegister m0{0};

using ProgramRun = MachineTest;

VerifiedProgram verified(ProgramBuilder& builder) {
  builder.halt();
  auto program = verify(builder.build());
  EXPECT_TRUE(program) << (program ? "" : program.error().message());
  return std::move(*program);
}

/// Adds the lane's number to window words 0..127 of its range, which begins at `first`.
VerifiedProgram window_adder(u32 first) {
  ProgramBuilder builder;
  const vyre::Window window = builder.window("sums", WindowAccess::kAdd, first, kLanes);
  builder.lane(v0);
  builder.constant(m0, true);
  builder.window_update(WindowOperation::kAdd, window, v0, v0, m0);
  return verified(builder);
}

TEST_F(ProgramRun, WindowsBelongToTheTenantAndTheHostReadsAndWritesThem) {
  const auto kernel = make_machine(2, {.window_words = 200});
  const VerifiedProgram program = window_adder(72);
  const TextBuffer text(*kernel, std::string(kTileBytes * 2, 'x'));
  const Region region = kernel->add_region(text.bytes(), 1, 0).value();
  for (const u32 tenant : {0u, wire::kMaxTenants - 1}) {
    std::vector<u32> words(200, 1000);
    ASSERT_TRUE(kernel->write_window(tenant, 0, words));
    const u32 opcode = kernel->load(program, tenant).value();
    const WorkItem work = chunk_item(opcode, region, text.size(), 0, tenant);
    ASSERT_TRUE(is_done(run_slot(*kernel, work)));
    ASSERT_TRUE(kernel->read_window(tenant, 0, words));
    for (u32 i = 0; i < 200; ++i) EXPECT_EQ(words[i], 1000 + (i < 72 ? 0 : 2 * (i - 72))) << i;
  }
  std::vector<u32> other(200, 7);
  ASSERT_TRUE(kernel->read_window(1, 0, other));
  EXPECT_EQ(other, std::vector<u32>(200));
}

TEST_F(ProgramRun, AWindowThatIsTooSmallIsRefusedAtLoad) {
  const auto kernel = make_machine(1, {.window_words = 200}, false);
  EXPECT_TRUE(kernel->load(window_adder(72), 0));
  const auto refused = kernel->load(window_adder(73), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().what.find("201"), std::string::npos);
  EXPECT_NE(refused.error().what.find("200"), std::string::npos);
}

TEST_F(ProgramRun, WordsOutsideTheWindowAreRefused) {
  const auto kernel = make_machine(1, {.window_words = 100}, false);
  std::vector<u32> words(10);
  struct Row {
    u32 tenant;
    u32 first;
    bool fits;
  };
  const Row rows[] = {{0, 0, true},           {0, 90, true},   {0, 91, false},
                      {0, 0xFFFFFFFF, false}, {0, 101, false}, {wire::kMaxTenants, 0, false}};
  for (const Row& row : rows) {
    EXPECT_EQ(kernel->read_window(row.tenant, row.first, words).has_value(), row.fits);
    EXPECT_EQ(kernel->write_window(row.tenant, row.first, words).has_value(), row.fits);
  }
  EXPECT_TRUE(kernel->read_window(0, 100, {}));
}

/// Copies the tile's first 3 bytes, and counts the file's tiles in a carry word.
VerifiedProgram copier() {
  ProgramBuilder builder;
  const CarryWords carry = builder.carry(1);
  builder.carry_load(s0, carry);
  builder.scalar(ScalarImmediateOperation::kAdd, s0, s0, 1);
  builder.carry_store(carry, s0);
  builder.constant(s0, 0);
  builder.constant(s1, 3);
  builder.copy(s0, s1);
  return verified(builder);
}

TEST_F(ProgramRun, OutputAndCarryStandInTheOutcome) {
  const auto kernel = make_machine(1, {});
  const u32 opcode = kernel->load(copier(), 0).value();
  std::string text(2 * kTileBytes, 'x');
  text.replace(0, 3, "abc");
  text.replace(kTileBytes, 3, "def");
  const TextBuffer mapped(*kernel, text);
  const Region region = kernel->add_region(mapped.bytes(), 3, 5, 6).value();
  EXPECT_EQ(region.output_capacity(), 6u);
  // Neighbours in memory that must not change.
  for (const u32 index : {0u, 2u}) {
    ASSERT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, 3, index))));
  }
  region.carry(1)[0] = 40;
  ASSERT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, mapped.size(), 1))));
  const auto output = region.output(1);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(output.data()), output.size()), "abcdef");
  EXPECT_EQ(region.carry(1)[0], 42u);
  for (const u32 index : {0u, 2u}) {
    EXPECT_EQ(region.carry(index)[0], 1u);
    EXPECT_EQ(region.output(index).size(), 3u);
  }
}

TEST_F(ProgramRun, OutputAboveTheCapacityIsTheCountAlone) {
  const auto kernel = make_machine(1, {});
  const u32 opcode = kernel->load(copier(), 0).value();
  const TextBuffer text(*kernel, std::string(2 * kTileBytes, 'x'));
  const Region region = kernel->add_region(text.bytes(), 1, 0, 5).value();
  ASSERT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, 2 * kTileBytes))));
  EXPECT_TRUE(region.output_overflowed(0));
  EXPECT_TRUE(region.output(0).empty());
  EXPECT_EQ(region.outcome(0).output_bytes, 6u);
  EXPECT_FALSE(kernel->add_region(text.bytes(), 1, 0, ~u64{0}));
}

TEST_F(ProgramRun, AFaultStandsInTheOutcomeWithItsTile) {
  const auto kernel = make_machine(1, {});
  const u32 opcode = kernel->load(copier(), 0).value();
  const TextBuffer text(*kernel, std::string(kTileBytes + 2, 'x'));
  const Region region = kernel->add_region(text.bytes(), 1, 0, 100).value();
  EXPECT_EQ(fault_of(run_slot(*kernel, chunk_item(opcode, region, kTileBytes + 2))),
            FaultCode::kTileOutOfRange);
  EXPECT_EQ(region.outcome(0).fault_tile, 1u);
  EXPECT_EQ(region.outcome(0).fault_code, static_cast<u32>(FaultCode::kTileOutOfRange));
}

}  // namespace
}  // namespace vyre::backend
