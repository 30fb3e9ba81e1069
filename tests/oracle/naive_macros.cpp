#include <algorithm>
#include <cstring>

#include "tests/oracle/crc32c_arithmetic.hpp"
#include "tests/oracle/naive_machine.hpp"
#include "tests/oracle/xxhash64.hpp"
#include "wire/automaton_table.hpp"

// The macro-instructions by their reference meaning, byte by byte.
namespace vyre::oracle {

using vir0::Instruction;
using vir0::Op;

namespace {

/// An automaton's table, read where the format description says.
class NaiveAutomaton {
 public:
  explicit NaiveAutomaton(const std::vector<std::byte>& bytes)
      : bytes_(bytes), header_(read<wire::AutomatonHeader>(0)) {}

  /// The state after the bytes before and with `position`, as many as can matter.
  [[nodiscard]] u32 state_at(const NaiveTile& tile, i64 position) const {
    u32 state = 0;
    for (i64 at = position - (i64{header_.window} - 1); at <= position; ++at) {
      if (const auto byte = tile.byte(at)) state = next(find_, state, *byte);
    }
    return state;
  }

  [[nodiscard]] std::vector<wire::AutomatonMember> members_of(u32 state) const {
    std::vector<wire::AutomatonMember> members;
    if (state < header_.first_accept) return members;
    const u64 row = header_.accept_offset + 4 * u64{state - header_.first_accept};
    for (u32 index = read<u32>(row); index < read<u32>(row + 4); ++index) {
      members.push_back(read<wire::AutomatonMember>(header_.members_offset +
                                                    sizeof(wire::AutomatonMember) * u64{index}));
    }
    return members;
  }

  /// Whether the check that begins at `first` does not reject.
  [[nodiscard]] bool accepts(u32 check, const NaiveTile& tile, i64 first) const {
    if (check == wire::kNoCheck) return true;
    const auto header = read<wire::AutomatonCheck>(header_.checks_offset +
                                                   sizeof(wire::AutomatonCheck) * u64{check});
    const Dfa dfa{header.class_bits, header.byte_class_offset, header.transitions_offset};
    u32 state = header.start;
    for (u32 seen = 0; state > 1 && seen < header.limit; ++seen) {
      const auto byte = tile.byte(first + seen);
      if (!byte) return true;
      state = next(dfa, state, *byte);
    }
    return state != 0;
  }

 private:
  struct Dfa {
    u32 class_bits;
    u32 byte_class_offset;
    u32 transitions_offset;
  };

  template <typename T>
  [[nodiscard]] T read(u64 offset) const {
    if (offset + sizeof(T) > bytes_.size()) throw BrokenPromise{"an automaton leaves its table"};
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  [[nodiscard]] u32 next(const Dfa& dfa, u32 state, u8 byte) const {
    const u32 byte_class = read<u8>(dfa.byte_class_offset + u64{byte});
    const u64 entry = (u64{state} << dfa.class_bits) + byte_class;
    return read<u16>(dfa.transitions_offset + 2 * entry);
  }

  const std::vector<std::byte>& bytes_;
  wire::AutomatonHeader header_;
  Dfa find_{header_.class_bits, header_.byte_class_offset, header_.transitions_offset};
};

}  // namespace

void NaiveMachine::run_automaton(const std::vector<std::byte>& table) {
  const NaiveAutomaton automaton(table);
  for (i64 position = 0; tile_.owns(position); ++position) {
    for (const auto& member : automaton.members_of(automaton.state_at(tile_, position))) {
      if (automaton.accepts(member.check, tile_, position + 1)) emit(position, member.value);
    }
  }
}

Lanes NaiveMachine::class_bitmap(u64 first, const std::vector<std::byte>& set) const {
  Lanes bits{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    for (u32 bit = 0; bit < 32; ++bit) {
      // What lies beyond the longest tile lies beyond this one, and is kept from wrapping.
      if (first >= kTileBytes) continue;
      const i64 at = static_cast<i64>(first + 32 * lane + bit);
      if (!tile_.owns(at)) continue;
      const u8 byte = *tile_.byte(at);
      const u32 members = static_cast<u32>(set.at(byte / 8));
      bits[lane] |= ((members >> (byte % 8)) & 1) << bit;
    }
  }
  return bits;
}

/// Offsets of the occurrences that begin in the tile.
std::vector<i64> NaiveMachine::find(const std::vector<std::byte>& literal) const {
  std::vector<i64> found;
  for (i64 begin = 0; tile_.owns(begin); ++begin) {
    std::size_t same = 0;
    while (same < literal.size() &&
           tile_.byte(begin + static_cast<i64>(same)) == static_cast<u8>(literal[same])) {
      ++same;
    }
    if (same == literal.size()) found.push_back(begin);
  }
  return found;
}

u32 NaiveMachine::crc_part() {
  if (!crc_part_) {
    const u64 bits = 8 * (tile_.offset() + tile_.length());
    crc_part_ = divided_by_x(remainder_of(tile_.own_bytes()), bits);
  }
  return *crc_part_;
}

u64 NaiveMachine::advance_xxh64(u32 first_carry) {
  Xxh64Accumulators accumulators = xxh64_begin();
  if (tile_.offset() > 0) {
    for (u32 i = 0; i < 4; ++i) accumulators[i] = carry_word(first_carry + i);
  }
  std::string_view rest = tile_.own_bytes();
  for (; rest.size() >= kXxh64Stripe; rest.remove_prefix(kXxh64Stripe)) {
    xxh64_stripe(accumulators, rest.substr(0, kXxh64Stripe));
  }
  for (u32 i = 0; i < 4; ++i) carry_word(first_carry + i) = accumulators[i];
  if (tile_.after() > 0) return 0;
  return xxh64_end(accumulators, rest, tile_.offset() + tile_.length());
}

bool NaiveMachine::run_macro(Instruction i) {
  const std::string_view own = tile_.own_bytes();
  switch (i.op) {
    case Op::kAutomaton:
      run_automaton(table(i.immediate));
      return true;
    case Op::kCountByte:
      registers_.scalars.at(i.dst) =
          static_cast<u64>(std::count(own.begin(), own.end(), static_cast<char>(i.immediate)));
      return true;
    case Op::kClassBitmap:
      registers_.vectors.at(i.dst) = class_bitmap(scalar(i.a), table(i.immediate));
      return true;
    case Op::kHistogram:
      for (const char c : own) combine(i.immediate + static_cast<u8>(c), 1);
      return true;
    case Op::kFindCount:
      registers_.scalars.at(i.dst) = find(table(i.immediate)).size();
      return true;
    case Op::kFindEmit: {
      const u32 value = static_cast<u32>(scalar(i.a));
      for (const i64 begin : find(table(i.immediate))) emit(begin, value);
      return true;
    }
    case Op::kCrc32c:
      registers_.scalars.at(i.dst) = crc_part();
      return true;
    case Op::kXxh64:
      registers_.scalars.at(i.dst) = advance_xxh64(i.immediate);
      return true;
    default:
      return false;
  }
}

}  // namespace vyre::oracle
