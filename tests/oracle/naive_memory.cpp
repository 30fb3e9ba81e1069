#include <algorithm>
#include <limits>

#include "tests/oracle/naive_machine.hpp"

// The instructions that reach the tile, the tables, the window and the carry, and those that put
// something out.
namespace vyre::oracle {

using vir0::Instruction;
using vir0::Op;
using wire::FaultCode;

namespace {

i64 as_signed(u32 offset) { return static_cast<std::int32_t>(offset); }

/// a + b, held at the ends of the range: both are far outside of every tile.
i64 saturating_sum(i64 a, i64 b) {
  i64 sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<i64>::min() : std::numeric_limits<i64>::max();
}

u32 width_of(Op op) {
  switch (op) {
    case Op::kLoadU8:
    case Op::kBlockU8:
    case Op::kTableU8:
      return 1;
    case Op::kLoadU16:
    case Op::kBlockU16:
    case Op::kTableU16:
      return 2;
    default:
      return 4;
  }
}

bool allows(WindowAccess access, Op op) {
  switch (op) {
    case Op::kWindowLoad:
      return access == WindowAccess::kRead || access == WindowAccess::kState;
    case Op::kWindowAdd:
      return access == WindowAccess::kAdd || access == WindowAccess::kState;
    case Op::kWindowMin:
      return access == WindowAccess::kMin || access == WindowAccess::kState;
    case Op::kWindowMax:
      return access == WindowAccess::kMax || access == WindowAccess::kState;
    case Op::kWindowOr:
      return access == WindowAccess::kOr || access == WindowAccess::kState;
    default:
      return access == WindowAccess::kState;
  }
}

u32 updated(Op op, u32 word, u32 value) {
  switch (op) {
    case Op::kWindowAdd:
      return word + value;
    case Op::kWindowMin:
      return std::min(word, value);
    case Op::kWindowMax:
      return std::max(word, value);
    case Op::kWindowOr:
      return word | value;
    default:
      return value;
  }
}

}  // namespace

Lanes NaiveMachine::load_offsets(const Lanes& offsets, const Mask& mask, u32 width) const {
  Lanes values{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    for (u32 i = 0; mask[lane] && i < width; ++i) {
      const std::optional<u8> byte = tile_.byte(as_signed(offsets[lane]) + i);
      if (!byte) throw Faulted{FaultCode::kTileOutOfRange};
      values[lane] |= u32{*byte} << (8 * i);
    }
  }
  return values;
}

Lanes NaiveMachine::load_block(i64 first, u32 width) const {
  Lanes values{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    for (u32 i = 0; i < width; ++i) {
      const u32 byte = tile_.byte(saturating_sum(first, lane * width + i)).value_or(0);
      values[lane] |= byte << (8 * i);
    }
  }
  return values;
}

bool NaiveMachine::run_tile_load(Instruction i) {
  if (i.op >= Op::kLoadU8 && i.op <= Op::kLoadU32) {
    registers_.vectors.at(i.dst) = load_offsets(vector(i.a), mask(i.b), width_of(i.op));
    return true;
  }
  if (i.op >= Op::kBlockU8 && i.op <= Op::kBlockU32) {
    registers_.vectors.at(i.dst) = load_block(static_cast<i64>(scalar(i.a)), width_of(i.op));
    return true;
  }
  return false;
}

Lanes NaiveMachine::load_table(const std::vector<std::byte>& table, const Lanes& elements,
                               const Mask& mask, u32 width) const {
  Lanes values{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (!mask[lane]) continue;
    const u64 first = u64{elements[lane]} * width;
    if (first + width > table.size()) throw Faulted{FaultCode::kTableOutOfRange};
    for (u32 i = 0; i < width; ++i) values[lane] |= static_cast<u32>(table[first + i]) << (8 * i);
  }
  return values;
}

bool NaiveMachine::run_table_load(Instruction i) {
  if (i.op < Op::kTableU8 || i.op > Op::kTableU32) return false;
  registers_.vectors.at(i.dst) =
      load_table(table(i.immediate), vector(i.a), mask(i.b), width_of(i.op));
  return true;
}

bool NaiveMachine::run_window(Instruction i) {
  if (i.op < Op::kWindowLoad || i.op > Op::kWindowOr) return false;
  if (i.immediate >= program_.windows.size()) throw BrokenPromise{"names an undeclared window"};
  const WindowDeclaration& range = program_.windows[i.immediate];
  if (!allows(range.access, i.op)) throw BrokenPromise{"uses a window against its access"};
  if (u64{range.first} + range.count > window_.size()) throw BrokenPromise{"window too small"};
  const Lanes words = vector(i.a);
  const Mask& lanes = mask(i.b);
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (lanes[lane] && words[lane] >= range.count) throw Faulted{FaultCode::kWindowOutOfRange};
  }
  Lanes loaded{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (!lanes[lane]) continue;
    u32& word = window_[range.first + words[lane]];
    if (i.op == Op::kWindowLoad) {
      loaded[lane] = word;
    } else {
      word = updated(i.op, word, vector(i.dst)[lane]);
    }
  }
  if (i.op == Op::kWindowLoad) registers_.vectors.at(i.dst) = loaded;
  return true;
}

bool NaiveMachine::run_carry(Instruction i) {
  if (i.op == Op::kCarryLoad) {
    registers_.scalars.at(i.dst) = carry_word(i.immediate);
    return true;
  }
  if (i.op == Op::kCarryStore) {
    carry_word(i.immediate) = scalar(i.a);
    return true;
  }
  return false;
}

void NaiveMachine::emit(i64 offset, u32 value) {
  if (program_.emit_budget && tile_records_ >= *program_.emit_budget) {
    throw Faulted{FaultCode::kEmitBudgetExhausted};
  }
  ++tile_records_;
  records_.push_back({tile_.offset() + static_cast<u64>(offset), value});
}

void NaiveMachine::emit_lanes(const Lanes& offsets, const Lanes& values, const Mask& mask) {
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (mask[lane] && !tile_.can_read(as_signed(offsets[lane]))) {
      throw Faulted{FaultCode::kTileOutOfRange};
    }
  }
  for (u32 lane = 0; lane < kLanes; ++lane) {
    const i64 offset = as_signed(offsets[lane]);
    if (mask[lane] && tile_.owns(offset)) emit(offset, values[lane]);
  }
}

void NaiveMachine::copy(i64 first, u64 bytes) {
  if (bytes == 0) return;
  // The second: neither do the ends lie so far apart that the sum of the two means nothing.
  const u64 most = kTileBytes + 2 * u64{kHaloBytes};
  if (!tile_.can_read(first) || bytes > most ||
      !tile_.can_read(first + static_cast<i64>(bytes) - 1)) {
    throw Faulted{FaultCode::kTileOutOfRange};
  }
  tile_output_ += bytes;
  if (tile_output_ > vir0::kMaxTileOutput) throw Faulted{FaultCode::kOutputOutOfRange};
  for (u64 i = 0; i < bytes; ++i) {
    output_.push_back(static_cast<char>(*tile_.byte(first + static_cast<i64>(i))));
  }
}

bool NaiveMachine::run_output(Instruction i) {
  switch (i.op) {
    case Op::kResult:
      combine(i.immediate, scalar(i.a));
      return true;
    case Op::kEmit:
      emit_lanes(vector(i.a), vector(i.dst), mask(i.b));
      return true;
    case Op::kCopy:
      copy(static_cast<i64>(scalar(i.a)), scalar(i.b));
      return true;
    default:
      return false;
  }
}

}  // namespace vyre::oracle
