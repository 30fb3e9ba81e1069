#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/automaton_table.hpp"
#include "wire/outcome.hpp"

// A small compiler from factors to automaton tables, for tests that need tables of their own.
namespace vyre::testing {

using ByteSet = std::bitset<256>;
using ByteString = std::vector<ByteSet>;

/// Each byte of `text` as a set of one; with `fold`, ASCII letters in both cases.
ByteString literal(std::string_view text, bool fold = false);

/// What must follow a factor: `bytes` in order. Accepts when all are seen; bytes after `limit`, and
/// after the end of the chunk, are not looked at.
struct Follow {
  ByteString bytes;
  u32 limit = 64;
};

struct Factor {
  ByteString bytes;
  u32 value = 0;
  std::optional<Follow> follow;
};

/// The table of "some factor ends here", by subset construction, unminimised. Members are the
/// factors in their order. VYRE_CHECKs the format's limits.
std::vector<std::byte> build_automaton(const std::vector<Factor>& factors);

/// What a scan must report, from the factors alone, byte by byte: no automaton is involved.
std::vector<wire::Record> naive_matches(const std::vector<Factor>& factors, std::string_view chunk,
                                        std::size_t own_begin, std::size_t own_end);

}  // namespace vyre::testing
