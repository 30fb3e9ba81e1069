#include "scan/pattern/named_classes.hpp"

#include <array>

namespace vyre::scan {
namespace {

struct Range {
  u8 first;
  u8 last;
};

struct PosixClass {
  std::string_view name;
  std::array<Range, 4> ranges;
  unsigned count;
};

constexpr PosixClass kPosixClasses[] = {
    {"alnum", {{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}}, 3},
    {"alpha", {{{'A', 'Z'}, {'a', 'z'}}}, 2},
    {"ascii", {{{0x00, 0x7F}}}, 1},
    {"blank", {{{'\t', '\t'}, {' ', ' '}}}, 2},
    {"cntrl", {{{0x00, 0x1F}, {0x7F, 0x7F}}}, 2},
    {"digit", {{{'0', '9'}}}, 1},
    {"graph", {{{'!', '~'}}}, 1},
    {"lower", {{{'a', 'z'}}}, 1},
    {"print", {{{' ', '~'}}}, 1},
    {"punct", {{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}}, 4},
    {"space", {{{'\t', '\r'}, {' ', ' '}}}, 2},
    {"upper", {{{'A', 'Z'}}}, 1},
    {"word", {{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}}, 4},
    {"xdigit", {{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}}, 3},
};

}  // namespace

ByteSet word_bytes() { return *posix_class("word"); }

std::optional<ByteSet> perl_class(char letter, bool vertical_tab) {
  switch (letter) {
    case 'd':
      return posix_class("digit");
    case 'w':
      return word_bytes();
    case 's': {
      ByteSet set = *posix_class("space");
      if (!vertical_tab) set.erase('\v');
      return set;
    }
    case 'D':
    case 'W':
    case 'S':
      return ~*perl_class(static_cast<char>(letter | 0x20), vertical_tab);
    default:
      return std::nullopt;
  }
}

std::optional<ByteSet> posix_class(std::string_view name) {
  for (const PosixClass& candidate : kPosixClasses) {
    if (candidate.name != name) continue;
    ByteSet set;
    for (unsigned i = 0; i < candidate.count; ++i) {
      set.insert(candidate.ranges[i].first, candidate.ranges[i].last);
    }
    return set;
  }
  return std::nullopt;
}

ByteSet fold_ascii(ByteSet set) {
  for (u8 lower = 'a'; lower <= 'z'; ++lower) {
    const u8 upper = static_cast<u8>(lower - 0x20);
    if (set.contains(lower) || set.contains(upper)) {
      set.insert(lower);
      set.insert(upper);
    }
  }
  return set;
}

ByteSet fold_latin1(ByteSet set) {
  set = fold_ascii(set);
  for (unsigned lower = 0xE0; lower <= 0xFE; ++lower) {
    if (lower == 0xF7) continue;  // The division sign; 0xD7 is the multiplication sign.
    const u8 upper = static_cast<u8>(lower - 0x20);
    if (set.contains(static_cast<u8>(lower)) || set.contains(upper)) {
      set.insert(static_cast<u8>(lower));
      set.insert(upper);
    }
  }
  return set;
}

}  // namespace vyre::scan
