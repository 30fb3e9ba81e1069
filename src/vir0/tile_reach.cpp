#include "vir0/tile_reach.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

#include "base/checked.hpp"
#include "base/units.hpp"
#include "vir0/isa.hpp"
#include "wire/automaton_table.hpp"

namespace vyre::vir0 {
namespace {

constexpr u32 kRounding = 64;

u32 rounded(u32 bytes) {
  return std::min<u32>(base::align_up(bytes, kRounding) + kRounding, kHaloBytes);
}

template <typename T>
T read(const std::vector<std::byte>& table, std::size_t offset) {
  T value;
  std::memcpy(&value, table.data() + offset, sizeof value);
  return value;
}

/// Factors reach back, checks forward.
TileReach automaton_reach(const std::vector<std::byte>& table) {
  const auto header = read<wire::AutomatonHeader>(table, 0);
  TileReach reach{.before = header.window - 1, .after = 0};
  for (u32 i = 0; i < header.check_count; ++i) {
    const auto check =
        read<wire::AutomatonCheck>(table, header.checks_offset + i * sizeof(wire::AutomatonCheck));
    reach.after = std::max(reach.after, check.limit);
  }
  return reach;
}

/// Handlers of instructions that read no bytes of the file.
constexpr bool is_apart_from_bytes(std::string_view handler) {
  constexpr std::string_view kApart[] = {"control", "scalar", "vector", "lanes", "mask", "ballot",
                                         "table",   "window", "carry",  "io",    "inbox"};
  return std::find(std::begin(kApart), std::end(kApart), handler) != std::end(kApart);
}

constexpr bool is_apart_from_bytes(Op op) {
  switch (op) {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, fuel, handler, meaning) \
  case Op::k##name:                                                                   \
    return is_apart_from_bytes(std::string_view(#handler));
#include "vir0/isa.def"
#undef VYRE_VIR0
  }
  return false;
}

/// What is not known to read less may read all that there is.
TileReach reach_of(const Program& program, Instruction instruction) {
  switch (instruction.op) {
    case Op::kAutomaton:
      return automaton_reach(program.tables[instruction.immediate]);
    case Op::kFindCount:
    case Op::kFindEmit:
      return {0, static_cast<u32>(program.tables[instruction.immediate].size())};
    case Op::kResult:
    case Op::kEmit:
    case Op::kCountByte:
    case Op::kClassBitmap:
    case Op::kHistogram:
    case Op::kCrc32c:
    case Op::kXxh64:
      return {0, 0};
    default:
      if (is_apart_from_bytes(instruction.op)) return {0, 0};
      return {kHaloBytes, kHaloBytes};
  }
}

}  // namespace

TileReach tile_reach(const Program& program) {
  TileReach all;
  for (const u64 word : program.code) {
    const TileReach one = reach_of(program, unpack(word));
    all.before = std::max(all.before, one.before);
    all.after = std::max(all.after, one.after);
  }
  return {rounded(all.before), rounded(all.after)};
}

}  // namespace vyre::vir0
