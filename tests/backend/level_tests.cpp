#include <gtest/gtest.h>

#include <random>

#include "backend/cpu/cpu_platform.hpp"
#include "tests/kernel/hand_program.hpp"
#include "vir0/instruction_info.hpp"

// The interpreter is one source, compiled once per level of the processor: every level must leave
// what the portable one leaves. The programs are random and without branches.
namespace vyre::backend {
namespace {

using testing::HandProgram;
using vir0::ImmediateKind;
using vir0::InstructionInfo;
using vir0::Op;
using vir0::OperandKind;

constexpr u32 kResultWords = 300;

class RandomProgram {
 public:
  explicit RandomProgram(unsigned seed) : random_(seed) {
    hand.program.carry_words = 16;
    hand.results(kResultWords, Combine::kXor);
    hand.window(WindowAccess::kState, 0, kLanes);
    words_ = hand.table(noise(4 * kLanes));
    set_ = hand.table(noise(vir0::kSetBytes));
    literal_ = hand.table(noise(2));
    for (u8 i = 0; i < 16; ++i) hand.scalar(i, edge64());
    for (u8 i = 0; i < 16; ++i) hand.vector(i, lanes());
    for (u8 i = 0; i < 8; ++i) hand.add(Op::kMaskLtImmediate, i, below(16), 0, edge32());
    for (u32 i = 0; i < 60; ++i) add_any();
    show();
  }

  HandProgram hand;

 private:
  u8 below(u32 limit) { return static_cast<u8>(random_() % limit); }
  u32 edge32() {
    constexpr u32 kEdges[] = {0, 1, 31, 32, 127, 128, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    return random_() % 2 == 0 ? kEdges[below(9)] : static_cast<u32>(random_());
  }
  u64 edge64() { return random_() % 3 == 0 ? edge32() : u64{edge32()} << 32 | edge32(); }
  testing::LaneValues lanes() {
    testing::LaneValues values;
    for (u32& value : values) value = edge32();
    return values;
  }
  std::string noise(u32 size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }

  u8 operand(OperandKind kind) {
    switch (kind) {
      case OperandKind::kNone:
        return 0;
      case OperandKind::kMaskOut:
      case OperandKind::kMask:
        return below(8);
      default:
        return below(16);
    }
  }

  u32 immediate(ImmediateKind kind) {
    switch (kind) {
      case ImmediateKind::kInput:
        return below(4);
      case ImmediateKind::kFlag:
      case ImmediateKind::kHalf:
        return below(2);
      case ImmediateKind::kScalarRegister:
        return below(16);
      case ImmediateKind::kMaskRegister:
        return below(8);
      case ImmediateKind::kByte:
        return below(256);
      case ImmediateKind::kResult:
        return static_cast<u32>(random_() % kResultWords);
      case ImmediateKind::kResultBlock:
        return below(kResultWords - 256);
      case ImmediateKind::kCarry:
        return below(16);
      case ImmediateKind::kCarryBlock:
        return below(12);
      case ImmediateKind::kTableSet:
        return set_;
      case ImmediateKind::kTableLiteral:
        return literal_;
      case ImmediateKind::kTableU8:
      case ImmediateKind::kTableU16:
      case ImmediateKind::kTableU32:
        return words_;
      case ImmediateKind::kValue:
        return edge32();
      default:
        return 0;
    }
  }

  /// Any row but branches, the automaton and what concerns loads, which need a park. Lane operands
  /// that name places are brought into reach.
  void add_any() {
    const auto rows = vir0::instructions();
    const InstructionInfo& row = rows[random_() % rows.size()];
    if (row.handler == "control" || row.op == Op::kAutomaton) return;
    if (row.handler == "io" || row.handler == "inbox") return;
    const u8 a = operand(row.a);
    const bool places = row.handler == "load" || row.handler == "table" ||
                        row.handler == "window" || row.op == Op::kEmit;
    if (places) hand.add(Op::kVectorAndImmediate, a, a, 0, 127);
    if (row.op == Op::kCopy) return;
    hand.add(row.op, operand(row.dst), a, operand(row.b), immediate(row.immediate));
  }

  /// Every register becomes a record or a result.
  void show() {
    for (u8 i = 0; i < 16; ++i) hand.result(i, i);
    for (u8 i = 0; i < 8; ++i) {
      hand.add(Op::kMaskBallot, 0, i, 0, 0);
      hand.result(16u + 2 * i, 0);
      hand.add(Op::kMaskBallot, 0, i, 0, 1);
      hand.result(17u + 2 * i, 0);
    }
    for (u8 i = 0; i < 14; ++i) hand.emit_vector(i);
    hand.add(Op::kHalt);
  }

  std::mt19937 random_;
  u32 words_ = 0;
  u32 set_ = 0;
  u32 literal_ = 0;
};

struct Left {
  wire::OutcomeHeader outcome{};
  std::vector<wire::Record> records;
  std::vector<u32> window = std::vector<u32>(kLanes);
};

template <class Platform>
Left run(Platform& platform, const testing::ProgramImage& image, const std::string& chunk) {
  Left left;
  left.records.resize(1u << 16);
  const auto size = static_cast<u32>(chunk.size());
  const kernel::Chunk work{.bytes = reinterpret_cast<const u8*>(chunk.data()),
                           .length = size,
                           .own_begin = 0,
                           .own_end = size - 100,
                           .file_offset = 0,
                           .outcome = &left.outcome,
                           .records = left.records.data(),
                           .record_capacity = static_cast<u32>(left.records.size()),
                           .output = nullptr,
                           .output_capacity = 0,
                           .window = left.window.data(),
                           .window_words = kLanes,
                           .cancelled = nullptr};
  const auto registers = std::make_unique<kernel::Registers>();
  kernel::RecordSink sink{};
  platform.run_chunk(kernel::HostGroup{}, image.view(), work, *registers, sink);
  left.records.resize(std::min<std::size_t>(left.outcome.record_count, left.records.size()));
  return left;
}

TEST(Levels, LeaveWhatThePortableInterpreterLeaves) {
  u32 done = 0;
  for (unsigned seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    const RandomProgram program(seed);
    const testing::ProgramImage image(program.hand.program);
    std::mt19937 random(seed);
    std::string chunk(300 + random() % 3000, '\0');
    for (char& c : chunk) c = static_cast<char>(random() % 7);
    kernel::PortablePlatform portable;
    const Left expected = run(portable, image, chunk);
    done += expected.outcome.fault_code == 0 ? 1 : 0;
    for (const CpuLevel level : cpu_levels()) {
      SCOPED_TRACE(name_of(level));
      Doorbell doorbell;
      CpuPlatform platform(doorbell, level);
      const Left got = run(platform, image, chunk);
      EXPECT_EQ(std::memcmp(&got.outcome, &expected.outcome, sizeof got.outcome), 0);
      EXPECT_EQ(got.records, expected.records);
      EXPECT_EQ(got.window, expected.window);
    }
  }
  // Programs that fault early show little.
  EXPECT_GT(done, 200u);
}

}  // namespace
}  // namespace vyre::backend
