#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "hand.hpp"

namespace vyre::bench::hand {
namespace {

constexpr u64 kHighBits = 0x8080808080808080;

/// Bytes that the sequence at `at` has (RFC 3629); 0, and `bad` at the byte that cannot stand
/// where it stands, for none.
std::size_t sequence(const u8* at, const u8* end, const u8*& bad) {
  const u32 lead = *at;
  bad = at;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const u32 low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const u32 high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    bad = at + i;
    if (bad == end || *bad < (i == 1 ? low : 0x80) || *bad > (i == 1 ? high : 0xBF)) return 0;
  }
  return length;
}

}  // namespace

Answer xxh64(Bytes bytes) { return {{XXH64(bytes.data(), bytes.size(), 0)}, {}}; }

Answer utf8(Bytes bytes) {
  const u8* at = bytes.data();
  const u8* const end = at + bytes.size();
  while (at < end) {
    if (end - at >= 16) {
      u64 words[2];
      std::memcpy(words, at, 16);
      if (((words[0] | words[1]) & kHighBits) == 0) {
        at += 16;
        continue;
      }
    }
    // To the next byte that is ASCII, for which the wide test is made anew.
    do {
      const u8* bad;
      const std::size_t length = sequence(at, end, bad);
      if (length == 0) return {{1, static_cast<u64>(bad - bytes.data())}, {}};
      at += length;
    } while (at < end && *at >= 0x80);
  }
  return {{0, ~u64{0}}, {}};
}

Answer longest_line(Bytes bytes) {
  const u8* at = bytes.data();
  const u8* const end = at + bytes.size();
  u64 longest = 0;
  while (at < end) {
    const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    const u8* newline = found == nullptr ? end : static_cast<const u8*>(found);
    longest = std::max(longest, static_cast<u64>(newline - at));
    at = newline + 1;
  }
  return {{longest}, {}};
}

Answer find_count(Bytes bytes, Bytes literal) {
  const u8* at = bytes.data();
  const u8* const end = at + bytes.size();
  u64 count = 0;
  while (const void* found =
             ::memmem(at, static_cast<std::size_t>(end - at), literal.data(), literal.size())) {
    ++count;
    at = static_cast<const u8*>(found) + 1;
  }
  return {{count}, {}};
}

}  // namespace vyre::bench::hand
