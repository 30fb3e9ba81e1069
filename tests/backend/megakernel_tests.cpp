#include <random>
#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "tests/support/random_factors.hpp"
#include "vyre/program_builder.hpp"

namespace vyre::backend {
namespace {

using testing::Factor;
using testing::literal;
using wire::FaultCode;
using wire::Opcode;

VerifiedProgram scanner(const std::vector<Factor>& factors) {
  ProgramBuilder builder;
  builder.automaton(builder.table(testing::build_automaton(factors)));
  const ResultWords counts = builder.result("counts", Combine::kSum, 2);
  builder.count_byte(ScalarRegister{0}, 'a');
  builder.result(counts, ScalarRegister{0}, 1);
  builder.halt();
  return verify(builder.build()).value();
}

class MegakernelTest : public MachineTest {};

TEST_F(MegakernelTest, RefusesOptionsOutOfRange) {
  const MegakernelOptions bad[] = {{.queues = 0},
                                   {.queues = kernel::kMaxQueues + 1},
                                   {.queue_capacity = 0},
                                   {.queue_capacity = 1},
                                   {.queue_capacity = 12},
                                   {.queue_capacity = 8192},
                                   {.window_words = 0},
                                   {.window_words = (1u << 20) + 1},
                                   {.debug_records = (1u << 20) + 1}};
  for (const MegakernelOptions& options : bad) {
    const auto made = Megakernel::create(make_test_backend(1), options);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(MegakernelTest, RunsAProgramOnAChunk) {
  const auto kernel = make_machine(1, {});
  const u32 opcode = kernel->load(scanner({{literal("abc"), 9, {}}}), 0).value();
  EXPECT_EQ(opcode, wire::kUserOpcodeBase);
  const TextBuffer text(*kernel, "xxabcxx" + std::string(2 * kTileBytes, 'a') + "bc");
  const Region region = kernel->add_region(text.bytes(), 2, 8).value();
  const u32 size = text.size();
  EXPECT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, size, 1))));
  EXPECT_EQ(region.outcome(1).tiles, 3u);
  ASSERT_EQ(region.results(1).size(), 2u);
  EXPECT_EQ(region.results(1)[0], 0u);
  EXPECT_EQ(region.results(1)[1], 2u * kTileBytes + 1);
  ASSERT_EQ(region.records(1).size(), 2u);
  EXPECT_EQ(region.records(1)[0], (wire::Record{4, 9}));
  EXPECT_EQ(region.records(1)[1], (wire::Record{size - 1, 9}));
  EXPECT_EQ(region.outcome(0).tiles, 0u);
  EXPECT_EQ(kernel->metrics().programs, 1u);
}

TEST_F(MegakernelTest, OverflowIsTheCountAlone) {
  const auto kernel = make_machine(1, {});
  const u32 opcode = kernel->load(scanner({{literal("a"), 9, {}}}), 0).value();
  const TextBuffer text(*kernel, std::string(100, 'a'));
  const Region region = kernel->add_region(text.bytes(), 1, 99).value();
  EXPECT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, 100))));
  EXPECT_TRUE(region.overflowed(0));
  EXPECT_EQ(region.outcome(0).record_count, 100u);
  EXPECT_TRUE(region.records(0).empty());
  EXPECT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, 99))));
  EXPECT_FALSE(region.overflowed(0));
  EXPECT_EQ(region.records(0).size(), 99u);
}

TEST_F(MegakernelTest, ProgramsBelongToTheirTenant) {
  const auto kernel = make_machine(1, {});
  const auto program = scanner({{literal("a"), 9, {}}});
  EXPECT_EQ(kernel->load(program, 3).value(), wire::kUserOpcodeBase + 3 * wire::kUserOpcodeWindow);
  EXPECT_FALSE(kernel->load(program, wire::kMaxTenants));
  for (u32 i = 1; i < kernel::kMaxProgramsPerTenant; ++i) {
    EXPECT_EQ(kernel->load(program, 3).value(),
              wire::kUserOpcodeBase + 3 * wire::kUserOpcodeWindow + i);
  }
  const auto over = kernel->load(program, 3);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::kUnavailable);
}

struct BadChunk {
  const char* name;
  u32 argument;
  u32 value;
  FaultCode code;
};

TEST_F(MegakernelTest, ChunksOutsideTheirRegionFault) {
  namespace argument = wire::chunk_argument;
  const auto kernel = make_machine(1, {});
  const u32 opcode = kernel->load(scanner({{literal("a"), 9, {}}}), 0).value();
  const TextBuffer text(*kernel, std::string(1000, 'a'));
  const Region region = kernel->add_region(text.bytes(), 2, 8).value();
  const BadChunk rows[] = {
      {"offset", argument::kDataOffsetLow, 1, FaultCode::kChunkOutOfRange},
      {"far offset", argument::kDataOffsetHigh, 0xFFFFFFFF, FaultCode::kChunkOutOfRange},
      {"length", argument::kLength, 1001, FaultCode::kChunkOutOfRange},
      {"huge length", argument::kLength, 0xFFFFFFFF, FaultCode::kChunkOutOfRange},
      {"own end", argument::kOwnEnd, 1001, FaultCode::kChunkOutOfRange},
      {"own begin after its end", argument::kOwnBegin, 1001, FaultCode::kChunkOutOfRange},
      {"outcome", argument::kOutcome, 2, FaultCode::kOutcomeOutOfRange},
      {"unknown region", argument::kRegion, 200, FaultCode::kUnknownRegion},
      {"region over the limit", argument::kRegion, 0xFFFFFFFF, FaultCode::kUnknownRegion},
  };
  for (const BadChunk& row : rows) {
    WorkItem work = chunk_item(opcode, region, 1000);
    work.arguments[row.argument] = row.value;
    EXPECT_EQ(fault_of(run_slot(*kernel, work)), row.code) << row.name;
  }
  EXPECT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, 1000))));
}

TEST_F(MegakernelTest, AProgramThatFaultsNamesItsInstruction) {
  const auto kernel = make_machine(1, {});
  ProgramBuilder builder;
  builder.lane(VectorRegister{0});
  builder.equal(MaskRegister{0}, VectorRegister{0}, VectorRegister{0});
  builder.load_u8(VectorRegister{1}, VectorRegister{0}, MaskRegister{0});
  builder.halt();
  const u32 opcode = kernel->load(verify(builder.build()).value(), 0).value();
  const TextBuffer text(*kernel, std::string(100, 'a'));
  const Region region = kernel->add_region(text.bytes(), 1, 8).value();
  const wire::WorkSlot slot = run_slot(*kernel, chunk_item(opcode, region, 100));
  EXPECT_EQ(fault_of(slot), FaultCode::kTileOutOfRange);
  EXPECT_EQ(slot.arguments[wire::kFaultDetailArgument], 2u);
  EXPECT_EQ(region.outcome(0).fault_instruction, 2u);
}

TEST_F(MegakernelTest, ARemovedRegionIsUnknown) {
  const auto kernel = make_machine(1, {});
  const u32 opcode = kernel->load(scanner({{literal("a"), 9, {}}}), 0).value();
  const TextBuffer text(*kernel, std::string(1000, 'a'));
  WorkItem work;
  {
    const Region region = kernel->add_region(text.bytes(), 1, 8).value();
    work = chunk_item(opcode, region, 1000);
  }
  EXPECT_EQ(fault_of(run_slot(*kernel, work)), FaultCode::kUnknownRegion);
}

TEST_F(MegakernelTest, RegionsAreLimitedAndReused) {
  const auto kernel = make_machine(1, {});
  std::vector<Region> regions;
  for (u32 i = 0; i < kernel::kMaxRegions; ++i) {
    regions.push_back(kernel->add_region({}, 1, 0).value());
  }
  EXPECT_EQ(kernel->add_region({}, 1, 0).error().code, ErrorCode::kUnavailable);
  regions.pop_back();
  EXPECT_TRUE(kernel->add_region({}, 1, 0));
  EXPECT_EQ(kernel->add_region({}, 0, 0).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(MegakernelTest, ARegionAndItsTextMayOutliveIt) {
  std::unique_ptr<TextBuffer> text;
  Region region;
  {
    const auto kernel = make_machine(1, {});
    const u32 opcode = kernel->load(scanner({{literal("a"), 9, {}}}), 0).value();
    text = std::make_unique<TextBuffer>(*kernel, std::string(1000, 'a'));
    region = kernel->add_region(text->bytes(), 1, 8).value();
    EXPECT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, region, 5))));
  }
  EXPECT_EQ(region.records(0).size(), 5u);
}

// Removal races with chunks that are in flight: each ends DONE or unknown, and nothing is read
// after the text is gone (which a sanitizer, or a page fault, would show).
TEST_F(MegakernelTest, RemovalWaitsForTheWorkersInside) {
  const auto kernel = make_machine(3, {.queue_capacity = 8});
  const u32 opcode = kernel->load(scanner({{literal("ab"), 9, {}}}), 0).value();
  WorkQueue& queue = kernel->queue(0);
  for (u32 round = 0; round < 300; ++round) {
    auto text = std::make_unique<TextBuffer>(*kernel, std::string(100000, 'a'));
    Region region = kernel->add_region(text->bytes(), 8, 8).value();
    std::vector<u32> positions;
    for (u32 i = 0; i < 8; ++i) {
      positions.push_back(queue.publish(chunk_item(opcode, region, 100000, i)).value());
    }
    if (round % 3 != 0) {
      ASSERT_TRUE(wait_finished(queue, positions[round % 8]));
    }
    region = Region();
    text.reset();
    for (const u32 position : positions) {
      ASSERT_TRUE(wait_finished(queue, position));
      const FaultCode code = fault_of(queue.slot(position));
      EXPECT_TRUE(code == FaultCode::kNone || code == FaultCode::kUnknownRegion);
      queue.release(position);
    }
  }
}

TEST_F(MegakernelTest, RecordsDoNotDependOnHowAChunkIsCut) {
  const unsigned seed = 23;
  std::mt19937 random(seed);
  const auto factors = testing::random_factors(random, {20, 2, 9, 12, 5, 3});
  const std::string text = testing::random_text(random, factors, 300000, 12, 200);
  const auto kernel = make_machine(2, {});
  const u32 opcode = kernel->load(scanner(factors), 0).value();
  const TextBuffer mapped(*kernel, text);
  const Region region = kernel->add_region(mapped.bytes(), 1, 1u << 20).value();
  const auto expected = testing::naive_matches(factors, text, 0, text.size());
  for (const u32 part : {300000u, 65536u, 10000u, 4097u}) {
    std::vector<wire::Record> found;
    for (u32 begin = 0; begin < text.size(); begin += part) {
      const u32 end = std::min<u32>(begin + part, static_cast<u32>(text.size()));
      const u32 from = begin < kHaloBytes ? 0 : begin - kHaloBytes;
      const u32 to = std::min<u32>(end + kHaloBytes, static_cast<u32>(text.size()));
      WorkItem work = chunk_item(opcode, region, to - from);
      work.arguments[wire::chunk_argument::kDataOffsetLow] = from;
      work.arguments[wire::chunk_argument::kOwnBegin] = begin - from;
      work.arguments[wire::chunk_argument::kOwnEnd] = end - from;
      ASSERT_TRUE(is_done(run_slot(*kernel, work)));
      for (const wire::Record& record : region.records(0)) {
        found.push_back({record.offset + from, record.value});
      }
    }
    EXPECT_EQ(found, expected) << "seed " << seed << " part " << part;
  }
}

}  // namespace
}  // namespace vyre::backend
