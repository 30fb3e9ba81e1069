#include <algorithm>
#include <string>

#include "tests/backend/load_server.hpp"
#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "tests/support/reference_run.hpp"
#include "vyre/program_text.hpp"
#include "wire/io_slot.hpp"

// Programs that ask for bytes of resources: what they get, and what outlives their wait.
namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::IoStatus;
using wire::Opcode;

constexpr u32 kInbox = 64;

VerifiedProgram program_of(const std::string& text) {
  auto program = assemble(text);
  EXPECT_TRUE(program) << program.error().message();
  auto verified = verify(*program);
  EXPECT_TRUE(verified) << verified.error().message();
  return *verified;
}

/// A kernel, started, beside a server of some resources of tenants 0 and 1.
class Loads : public MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    kernel_ = make_machine(2, {.queues = 2, .queue_capacity = 16}, false);
    server_ = std::make_unique<LoadServer>(
        *kernel_, LoadServer::Resources{{0, {"0123456789", bytes_}}, {1, {"other"}}});
    ASSERT_TRUE(kernel_->launch());
  }

  /// Runs the program over `text` as one chunk, which must not fault, and gives its results.
  std::vector<u64> results_of(const std::string& program, u32 tenant = 0,
                              std::string_view text = "x") {
    const TextBuffer mapped(*kernel_, text);
    const Region region = kernel_->add_region(mapped.bytes(), 1, 100, 1000, kInbox).value();
    const u32 opcode = kernel_->load(program_of(program), tenant).value();
    const auto slot = run_slot(*kernel_, chunk_item(opcode, region, mapped.size(), 0, tenant));
    EXPECT_TRUE(is_done(slot)) << static_cast<u32>(fault_of(slot));
    const auto results = region.results(0);
    return {results.begin(), results.end()};
  }

  /// The status of one load.
  u64 status_of(u64 resource, u64 offset, u64 bytes, u32 tenant = 0) {
    return results_of(".io 64\n.result status sum\n" + constant("s1", resource) +
                          constant("s2", offset) + constant("s3", bytes) +
                          "io.load s0, s1, s2, s3\n result s0, status\n halt\n",
                      tenant)
        .at(0);
  }

  static std::string constant(const std::string& name, u64 value) {
    return "s.const " + name + ", " + std::to_string(value & 0xFFFFFFFF) + "\n s.const.high " +
           name + ", " + std::to_string(value >> 32) + "\n";
  }

  /// What faults the program over one byte, and where.
  std::pair<FaultCode, u32> fault_in(const std::string& program, u32 inbox = kInbox) {
    const TextBuffer mapped(*kernel_, "x");
    const Region region = kernel_->add_region(mapped.bytes(), 1, 100, 1u << 17, inbox).value();
    const u32 opcode = kernel_->load(program_of(program), 0).value();
    const auto slot = run_slot(*kernel_, chunk_item(opcode, region, mapped.size()));
    return {fault_of(slot), slot.arguments[wire::kFaultDetailArgument]};
  }

  const std::string bytes_ = [] {
    std::string bytes;
    for (u32 i = 0; i < 1000; ++i) bytes.push_back(static_cast<char>(i * 7));
    return bytes;
  }();
  std::unique_ptr<Megakernel> kernel_;
  std::unique_ptr<LoadServer> server_;
};

TEST_F(Loads, BringBytesOfAResource) {
  const auto results = results_of(R"(
    .io 64
    .resource digits
    .result low sum
    .result word sum
    .result wide sum
    s.const s1, digits
    s.const s2, 3
    s.const s3, 7
    io.load s0, s1, s2, s3
    result s0, low
    s.const s4, 6
    s.inbox.u8 s5, s4
    result s5, low
    s.const s4, 5
    s.inbox.u16 s5, s4
    result s5, word
    s.const s4, 3
    s.inbox.u32 s5, s4
    result s5, wide
    halt
  )");
  EXPECT_EQ(results[0], u64{'9'});
  EXPECT_EQ(results[1], u64{'8' + 256 * '9'});
  EXPECT_EQ(results[2], u64{'6' + ('7' << 8) + ('8' << 16)} + (u64{'9'} << 24));
}

struct StatusCase {
  u64 resource;
  u64 offset;
  u64 bytes;
  IoStatus status;
};

TEST_F(Loads, TellWhyNothingCame) {
  const StatusCase cases[] = {
      {0, 0, 10, IoStatus::kOk},
      {0, 10, 0, IoStatus::kOk},
      {0, 9, 1, IoStatus::kOk},
      {0, 9, 2, IoStatus::kOutOfRange},
      {0, 10, 1, IoStatus::kOutOfRange},
      {0, 11, 0, IoStatus::kOutOfRange},
      {0, ~u64{0}, 64, IoStatus::kOutOfRange},
      {0, ~u64{0} - 63, 64, IoStatus::kOutOfRange},
      {1, 936, 64, IoStatus::kOk},
      {1, 937, 64, IoStatus::kOutOfRange},
      {0, 0, 65, IoStatus::kTooLong},
      {0, 0, ~u64{0}, IoStatus::kTooLong},
      {0, 0, u64{1} << 32, IoStatus::kTooLong},
      {2, 0, 1, IoStatus::kUnknownResource},
      {2, 0, 0, IoStatus::kUnknownResource},
      {65535, 0, 1, IoStatus::kUnknownResource},
      {65536, 0, 1, IoStatus::kUnknownResource},
      {u64{1} << 32, 0, 1, IoStatus::kUnknownResource},
      {~u64{0}, 0, 1, IoStatus::kUnknownResource},
      {~u64{0}, 0, 65, IoStatus::kTooLong},
  };
  for (const StatusCase& test : cases) {
    EXPECT_EQ(status_of(test.resource, test.offset, test.bytes), static_cast<u64>(test.status))
        << test.resource << ", " << test.offset << ", " << test.bytes;
  }
}

TEST_F(Loads, OfOneTenantCannotNameAnothers) {
  EXPECT_EQ(status_of(0, 0, 10, 0), static_cast<u64>(IoStatus::kOk));
  EXPECT_EQ(status_of(1, 0, 1, 1), static_cast<u64>(IoStatus::kUnknownResource));
  EXPECT_EQ(status_of(0, 5, 1, 1), static_cast<u64>(IoStatus::kOutOfRange));
  EXPECT_EQ(status_of(0, 0, 1, 2), static_cast<u64>(IoStatus::kUnknownResource));
  // Tenant 1's handle 0, had the words been put together before they were checked.
  EXPECT_EQ(status_of(u64{1} << 16, 0, 1, 0), static_cast<u64>(IoStatus::kUnknownResource));
}

TEST_F(Loads, ThatFailSayTheError) {
  for (const u32 status :
       {wire::failed_io(EIO), wire::failed_io(4095), static_cast<u32>(IoStatus::kCancelled)}) {
    server_->answer_all(status);
    EXPECT_EQ(status_of(0, 0, 1), status);
  }
  EXPECT_EQ(wire::failed_io(EIO), 4u + 256u * EIO);
}

/// Everything that outlives a load is used on both sides of one, in loops, over several tiles.
constexpr const char* kThorough = R"(
  .io 64
  .carry 2
  .result sum sum
  .result seen xor 3
  .result least min
  s.input s1, offset
  s.const s2, 1
  c.load s3, 0
  s.const s4, 0
  s.const s8, 61
  s.const s13, 4
  repeat 3
    repeat.scalar s13, 5
      s.muli s5, s4, 37
      s.addi s5, s5, 3
      io.load s0, s2, s5, s8
      result s0, seen
      break s0
      s.const s6, 53
      s.inbox.u64 s7, s6
      s.add s3, s3, s7
      s.inbox.u8 s9, s4
      result s9, least
      result s7, seen+1
      v.lane v0
      m.lti m0, v0, 58
      v.inbox.u32 v1, v0, m0
      v.reduce.add s10, v1
      result s10, sum
      v.inbox.u16 v2, v0, m0
      v.inbox.u8 v3, v0, m0
      v.xor v2, v2, v3
      v.reduce.max s10, v2
      result s10, seen+2
      m.lti m1, v0, 2
      emit v1, v0, m1
      s.const s11, 2
      copy.inbox s4, s11
      s.addi s4, s4, 1
    end
    copy s4, s2
    s.const s12, 7
    io.load s0, s12, s4, s2
    result s0, sum
  end
  c.store s3, 0
  c.store s4, 1
  halt
)";

TEST_F(Loads, LeaveTheRestOfARunAsItWas) {
  std::string text(3 * kTileBytes + 1000, 'a');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * i / 7);
  const VerifiedProgram program = program_of(kThorough);
  const std::vector<std::string> resources{"0123456789", bytes_};
  testing::ChunkOptions options;
  options.carry = {5, 6};
  options.resources = resources;
  const testing::ChunkRun expected = testing::run_chunk(
      testing::ProgramImage(program), text, {0, static_cast<u32>(text.size())}, options);
  ASSERT_EQ(expected.outcome.fault_code, 0u) << expected.outcome.fault_instruction;
  ASSERT_FALSE(expected.records.empty());
  ASSERT_FALSE(expected.output.empty());

  const TextBuffer mapped(*kernel_, text);
  const Region region = kernel_->add_region(mapped.bytes(), 1, 10000, 100000, kInbox).value();
  region.carry(0)[0] = 5;
  region.carry(0)[1] = 6;
  const u32 opcode = kernel_->load(program, 0).value();
  const auto slot = run_slot(*kernel_, chunk_item(opcode, region, mapped.size()));
  ASSERT_TRUE(is_done(slot));
  EXPECT_TRUE(std::ranges::equal(region.records(0), expected.records));
  EXPECT_TRUE(std::ranges::equal(region.output(0), expected.output));
  const auto results = region.results(0);
  EXPECT_TRUE(std::equal(results.begin(), results.end(), expected.outcome.results));
  EXPECT_EQ(region.carry(0)[0], expected.outcome.carry[0]);
  EXPECT_EQ(region.carry(0)[1], expected.outcome.carry[1]);
  EXPECT_EQ(region.outcome(0).fuel, expected.outcome.fuel);
  EXPECT_EQ(region.outcome(0).tiles, 4u);
  EXPECT_GT(server_->served(), 4u * 3);
}

TEST_F(Loads, AnInboxIsEmptyUntilOneHasCome) {
  EXPECT_EQ(fault_in(".io 8\n s.const s0, 0\n s.inbox.u8 s1, s0\n halt\n"),
            std::pair(FaultCode::kInboxOutOfRange, 1u));
  // After one that failed, what an earlier one brought is gone too.
  EXPECT_EQ(fault_in(".io 8\n s.const s0, 0\n s.const s1, 8\n io.load s2, s0, s0, s1\n"
                     " s.inbox.u64 s2, s0\n s.const s3, 9\n io.load s2, s3, s0, s1\n"
                     " s.inbox.u8 s2, s0\n halt\n"),
            std::pair(FaultCode::kInboxOutOfRange, 6u));
  EXPECT_EQ(fault_in(".io 8\n s.const s0, 0\n s.const s1, 8\n io.load s2, s0, s0, s1\n"
                     " s.const s3, 9\n io.load s2, s0, s0, s3\n s.inbox.u8 s2, s0\n halt\n"),
            std::pair(FaultCode::kInboxOutOfRange, 5u));
}

TEST_F(Loads, ReadsBeyondAnInboxFault) {
  const std::string eight =
      ".io 8\n s.const s0, 0\n s.const s1, 8\n io.load s2, s0, s0, s1\n s.const s3, ";
  const std::pair<const char*, FaultCode> cases[] = {
      {"7\n s.inbox.u8 s2, s3", FaultCode::kNone},
      {"8\n s.inbox.u8 s2, s3", FaultCode::kInboxOutOfRange},
      {"6\n s.inbox.u16 s2, s3", FaultCode::kNone},
      {"7\n s.inbox.u16 s2, s3", FaultCode::kInboxOutOfRange},
      {"4\n s.inbox.u32 s2, s3", FaultCode::kNone},
      {"5\n s.inbox.u32 s2, s3", FaultCode::kInboxOutOfRange},
      {"1\n s.inbox.u64 s2, s3", FaultCode::kInboxOutOfRange},
      {"0\n s.addi s3, s3, -1\n s.inbox.u8 s2, s3", FaultCode::kInboxOutOfRange},
      {"7\n v.splat v0, s3\n m.const m0, 1\n v.inbox.u8 v1, v0, m0", FaultCode::kNone},
      {"8\n v.splat v0, s3\n m.const m0, 1\n v.inbox.u8 v1, v0, m0", FaultCode::kInboxOutOfRange},
      {"8\n v.splat v0, s3\n m.const m0, 0\n v.inbox.u8 v1, v0, m0", FaultCode::kNone},
      {"5\n v.splat v0, s3\n m.const m0, 1\n v.inbox.u32 v1, v0, m0", FaultCode::kInboxOutOfRange},
      {"0\n v.const v0, 0xFFFFFFFF\n m.const m0, 1\n v.inbox.u16 v1, v0, m0",
       FaultCode::kInboxOutOfRange},
      {"8\n copy.inbox s0, s3", FaultCode::kNone},
      {"9\n copy.inbox s0, s3", FaultCode::kInboxOutOfRange},
      {"9\n copy.inbox s3, s0", FaultCode::kNone},
      {"1\n copy.inbox s3, s1", FaultCode::kInboxOutOfRange},
  };
  for (const auto& [text, code] : cases) {
    EXPECT_EQ(fault_in(eight + text + "\n halt\n").first, code) << text;
  }
}

TEST_F(Loads, CopiedToTheOutputCountWithTheRest) {
  const std::string most =
      ".io 64\n s.const s0, 0\n s.const s1, 1\n s.const s2, 64\n io.load s3, s1, s0, s2\n"
      " repeat 1023\n copy.inbox s0, s2\n end\n copy.inbox s0, s2\n";
  EXPECT_EQ(fault_in(most + "halt\n").first, FaultCode::kNone);
  EXPECT_EQ(fault_in(most + "copy.inbox s0, s1\n halt\n"),
            std::pair(FaultCode::kOutputOutOfRange, 8u));
  EXPECT_EQ(fault_in(most + "copy s0, s1\n halt\n"), std::pair(FaultCode::kOutputOutOfRange, 8u));
}

TEST_F(Loads, NeedARegionWithInboxes) {
  const char* program = ".io 9\n s.const s0, 0\n io.load s1, s0, s0, s0\n halt\n";
  EXPECT_EQ(fault_in(program, 9).first, FaultCode::kNone);
  EXPECT_EQ(fault_in(program, 8), std::pair(FaultCode::kInboxTooSmall, 8u));
  EXPECT_EQ(fault_in(program, 0), std::pair(FaultCode::kInboxTooSmall, 0u));
}

/// A LOAD_MISS into the inbox of an outcome.
WorkItem load_miss(const Region& region, u32 outcome, u32 resource, u64 offset, u32 bytes,
                   u32 tenant = 0) {
  namespace argument = wire::load_miss_argument;
  WorkItem work = item(Opcode::kLoadMiss, tenant);
  work.arguments[argument::kResource] = resource;
  work.arguments[argument::kOffsetLow] = static_cast<u32>(offset);
  work.arguments[argument::kOffsetHigh] = static_cast<u32>(offset >> 32);
  work.arguments[argument::kBytes] = bytes;
  work.arguments[argument::kOutcome] = outcome;
  work.arguments[argument::kRegion] = region.id();
  return work;
}

TEST_F(Loads, ASlotCanLoadByItself) {
  const Region region = kernel_->add_region({}, 2, 0, 0, kInbox).value();
  const auto slot = run_slot(*kernel_, load_miss(region, 1, 1, 100, 64));
  ASSERT_TRUE(is_done(slot));
  EXPECT_EQ(slot.arguments[wire::load_miss_argument::kStatus], 0u);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(region.inbox(1).data()), 64),
            bytes_.substr(100, 64));
  const auto status = [&](const WorkItem& work) {
    const auto done = run_slot(*kernel_, work);
    EXPECT_TRUE(is_done(done));
    return static_cast<IoStatus>(done.arguments[wire::load_miss_argument::kStatus]);
  };
  EXPECT_EQ(status(load_miss(region, 0, 0, 9, 2)), IoStatus::kOutOfRange);
  EXPECT_EQ(status(load_miss(region, 0, 0, u64{1} << 32, 1)), IoStatus::kOutOfRange);
  EXPECT_EQ(status(load_miss(region, 0, 5, 0, 1)), IoStatus::kUnknownResource);
  EXPECT_EQ(status(load_miss(region, 0, 1u << 16, 0, 1)), IoStatus::kUnknownResource);
  EXPECT_EQ(status(load_miss(region, 0, 1, 0, 1, 1)), IoStatus::kUnknownResource);
  const auto fault = [&](const WorkItem& work) { return fault_of(run_slot(*kernel_, work)); };
  EXPECT_EQ(fault(load_miss(region, 0, 0, 0, kInbox + 1)), FaultCode::kInboxTooSmall);
  EXPECT_EQ(fault(load_miss(region, 2, 0, 0, 1)), FaultCode::kOutcomeOutOfRange);
  const Region without = kernel_->add_region({}, 1, 0).value();
  EXPECT_EQ(fault(load_miss(without, 0, 0, 0, 0)), FaultCode::kInboxTooSmall);
  WorkItem nowhere = load_miss(region, 0, 0, 0, 1);
  nowhere.arguments[wire::load_miss_argument::kRegion] = 255;
  EXPECT_EQ(fault(nowhere), FaultCode::kUnknownRegion);
}

}  // namespace
}  // namespace vyre::backend
