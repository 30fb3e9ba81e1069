#include "tests/fuzz/program_from_bytes.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "tests/fuzz/declarations_on_demand.hpp"
#include "vir0/instruction_info.hpp"
#include "vir0/isa.hpp"

namespace vyre::fuzz {
namespace {

using vir0::ImmediateKind;
using vir0::Instruction;
using vir0::InstructionInfo;
using vir0::Op;
using vir0::OperandKind;

constexpr std::size_t kMostInstructions = 400;
constexpr u32 kMostRunsOfABody = 512;

// Registers that guards use; the input may use them too.
constexpr u8 kLength = 15, kFirst = 14, kSize = 13, kLengths = 15, kEnds = 14, kEdge = 13,
             kGuard = 7;

class Writer {
 public:
  Writer(ByteSource in, Program& program) : in_(in), program_(program), declared_(in_, program) {}

  void write() {
    const u32 manner = in_.byte();
    if (manner == 0xFF) return write_raw();
    careless_ = manner % 16 == 15;
    if (manner >= 224) program_.emit_budget = in_.half();
    if (manner % 32 != 1) set_registers();
    while (!in_.empty() && program_.code.size() < kMostInstructions) step();
    while (!frames_.empty()) end_loop();
    land_all(branches_);
    if (manner % 4 != 3) observe();
    append({Op::kHalt, 0, 0, 0, 0});
  }

 private:
  /// A branch that waits for its target, `distance` instructions of its own level away.
  struct OpenBranch {
    std::size_t at;
    u32 distance;
  };
  struct Frame {
    std::vector<OpenBranch> outside;
    u32 runs;
  };

  void write_raw() {
    while (!in_.empty()) program_.code.push_back(in_.long_word());
  }

  void append(Instruction i) { program_.code.push_back(vir0::pack(i)); }

  void land(const OpenBranch& branch) {
    Instruction i = vir0::unpack(program_.code[branch.at]);
    i.immediate = static_cast<u32>(program_.code.size());
    program_.code[branch.at] = vir0::pack(i);
  }
  void land_all(std::vector<OpenBranch>& branches) {
    for (const OpenBranch& branch : branches) land(branch);
    branches.clear();
  }
  /// One statement of this level is complete.
  void count_statement() {
    for (OpenBranch& branch : branches_) {
      if (branch.distance-- == 1) land(branch);
    }
    std::erase_if(branches_, [](const OpenBranch& branch) { return branch.distance == 0; });
  }

  void set_registers() {
    for (u8 i = 0; i < vir0::kTileInputs; ++i) append({Op::kScalarInput, i, 0, 0, i});
    for (u8 i = vir0::kTileInputs; i < vir0::kScalarRegisters; ++i) {
      append({Op::kScalarConst, i, 0, 0, u32{i} - 4});
    }
    for (u8 i = 0; i < vir0::kMaskRegisters; ++i) append({Op::kMaskConst, i, 0, 0, i & 1u});
    append({Op::kVectorLane, 0, 0, 0, 0});
    for (u8 i = 1; i < vir0::kVectorRegisters; ++i) {
      append({Op::kVectorAddImmediate, i, 0, 0, u32{i} * 100});
    }
  }

  /// What the registers hold, made visible.
  void observe() {
    const u32 word = declared_.name(ImmediateKind::kResult);
    for (u8 i = 0; i < 8; ++i) append({Op::kResult, 0, i, 0, word});
    for (u8 i = 0; i < 8; ++i) {
      append({Op::kVectorReduceAdd, 0, i, 0, 0});
      append({Op::kResult, 0, 0, 0, word});
    }
  }

  void begin_loop(Instruction i) {
    const u32 runs = frames_.empty() ? 1 : frames_.back().runs;
    if (frames_.size() == vir0::kMaxLoopDepth) return;
    const u32 wanted = 1 + in_.byte() % 200u;
    i.immediate = runs * wanted <= kMostRunsOfABody ? wanted : 1;
    append(i);
    frames_.push_back({std::move(branches_), runs * i.immediate});
    branches_.clear();
  }

  void end_loop() {
    land_all(branches_);
    append({Op::kEnd, 0, 0, 0, 0});
    branches_ = std::move(frames_.back().outside);
    frames_.pop_back();
    count_statement();
  }

  void branch(Instruction i) {
    // What follows a jump is reached by a branch alone.
    if (i.op == Op::kJump && branches_.empty()) return;
    append(i);
    if (i.op == Op::kJump) land_all(branches_);
    branches_.push_back({program_.code.size() - 1, 1 + in_.below(6)});
  }

  u8 register_of(OperandKind kind) {
    const u8 byte = kind == OperandKind::kNone ? u8{0} : in_.byte();
    if (kind == OperandKind::kNone || careless_) return byte;
    const bool mask = kind == OperandKind::kMask || kind == OperandKind::kMaskOut;
    return static_cast<u8>(byte % (mask ? vir0::kMaskRegisters : vir0::kScalarRegisters));
  }

  u32 immediate_of(ImmediateKind kind) {
    if (careless_ && kind != ImmediateKind::kNone && in_.below(4) == 0) return in_.word();
    switch (kind) {
      case ImmediateKind::kValue: {
        const u8 choice = in_.byte();
        if (choice < 128) return choice;
        return choice < 192 ? static_cast<u32>(128 - static_cast<int>(choice)) : in_.word();
      }
      case ImmediateKind::kInput:
        return in_.below(vir0::kTileInputs);
      case ImmediateKind::kScalarRegister:
        return in_.below(vir0::kScalarRegisters);
      case ImmediateKind::kMaskRegister:
        return in_.below(vir0::kMaskRegisters);
      case ImmediateKind::kFlag:
      case ImmediateKind::kHalf:
        return in_.below(2);
      case ImmediateKind::kByte:
        return in_.byte();
      default:
        return declared_.name(kind);
    }
  }

  void step() {
    const auto rows = vir0::instructions();
    const u8 choice = in_.byte();
    if (choice % 128 >= rows.size()) return idiom(choice);
    const InstructionInfo& row = rows[choice % 128];
    Instruction i{row.op, register_of(row.dst), register_of(row.a), register_of(row.b), 0};
    if (row.immediate == ImmediateKind::kCount) return begin_loop(i);
    if (row.immediate == ImmediateKind::kTarget) return branch(i);
    if (row.op == Op::kEnd) {
      if (!frames_.empty()) end_loop();
      return;
    }
    if (row.op == Op::kBreak && frames_.empty() && !careless_) return;
    if (row.op == Op::kHalt && branches_.empty()) return;
    i.immediate = immediate_of(row.immediate);
    if (!careless_) guard(row, i);
    append(i);
    count_statement();
  }

  /// Lane offsets over the tile, the usual way, or about the first or last byte that can be read.
  void idiom(u8 choice) {
    const auto a = static_cast<u8>(choice % vir0::kVectorRegisters);
    const u32 manner = in_.below(4);
    append({Op::kVectorLane, a, 0, 0, 0});
    if (manner == 0) {
      append({Op::kVectorAddImmediate, a, a, 0, in_.half()});
    } else {
      append({Op::kScalarInput, kLength, 0, 0, manner});
      append({Op::kVectorSplat, kLengths, kLength, 0, 0});
      append({manner == 2 ? Op::kVectorSub : Op::kVectorAdd, a, a, kLengths, 0});
      append({Op::kVectorAddImmediate, a, a, 0, in_.byte() - 128u});
    }
    count_statement();
  }

  /// Bytes that a load of this kind reads from each lane's offset; 0 for other instructions.
  static u32 width_of(Op op) {
    switch (op) {
      case Op::kLoadU8:
      case Op::kEmit:
        return 1;
      case Op::kLoadU16:
        return 2;
      case Op::kLoadU32:
        return 4;
      default:
        return 0;
    }
  }

  /// Writes before an access what keeps it inside, or nearly, or nothing.
  void guard(const InstructionInfo& row, Instruction& i) {
    const u32 width = width_of(row.op);
    const bool indexed = row.handler == "table" || row.handler == "window";
    if (row.op != Op::kCopy && width == 0 && !indexed) return;
    const u32 manner = in_.byte();
    if (manner % 32 == 31) return;
    // How many places too many, or too few, are let through.
    const u32 slack = manner >= 224 ? 1 : manner >= 192 ? ~u32{0} : 0;
    if (row.op == Op::kCopy) return guard_copy(i, slack);
    if (width != 0) {
      guard_offsets(i, width, manner, slack);
    } else {
      const u32 count = declared_.count_of(row.immediate, i.immediate);
      if ((manner & 4) != 0) {
        append({Op::kVectorLane, kEdge, 0, 0, 0});
        append({Op::kVectorAddImmediate, kEdge, kEdge, 0, count - kLanes / 2});
        i.a = kEdge;
      }
      append({Op::kMaskLtImmediate, kGuard, i.a, 0, count + slack});
    }
    if ((manner & 1) != 0) append({Op::kMaskAnd, kGuard, kGuard, i.b, 0});
    i.b = kGuard;
  }

  /// Offsets up to the tile's length, or to the last byte that can be read.
  void guard_offsets(Instruction& i, u32 width, u32 manner, u32 slack) {
    append({Op::kScalarInput, kLength, 0, 0, 1});
    if ((manner & 8) != 0) {
      append({Op::kScalarInput, kFirst, 0, 0, 3});
      append({Op::kScalarAdd, kLength, kLength, kFirst, 0});
    }
    append({Op::kVectorSplat, kLengths, kLength, 0, 0});
    if ((manner & 4) != 0) {
      append({Op::kVectorLane, kEdge, 0, 0, 0});
      append({Op::kVectorAdd, kEdge, kEdge, kLengths, 0});
      append({Op::kVectorAddImmediate, kEdge, kEdge, 0, 0 - kLanes / 2});
      i.a = kEdge;
    }
    append({Op::kVectorAddImmediate, kEnds, i.a, 0, width - 1 - slack});
    append({Op::kMaskLt, kGuard, kEnds, kLengths, 0});
  }

  /// At most 256 bytes, up to the tile's end.
  void guard_copy(Instruction& i, u32 slack) {
    append({Op::kScalarInput, kLength, 0, 0, 1});
    append({Op::kScalarMin, kFirst, i.a, kLength, 0});
    append({Op::kScalarSub, kSize, kLength, kFirst, 0});
    if (slack == 0) append({Op::kScalarAndImmediate, kSize, kSize, 0, 0xFF});
    if (slack == 1) append({Op::kScalarAddImmediate, kSize, kSize, 0, 1});
    i.a = kFirst;
    i.b = kSize;
  }

  ByteSource in_;
  Program& program_;
  DeclarationsOnDemand declared_;
  bool careless_ = false;
  std::vector<OpenBranch> branches_;
  std::vector<Frame> frames_;
};

}  // namespace

Program program_from_bytes(ByteSource in) {
  Program program;
  Writer(in, program).write();
  return program;
}

}  // namespace vyre::fuzz
