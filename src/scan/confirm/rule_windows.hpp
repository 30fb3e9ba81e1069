#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scan/confirm/file_text.hpp"
#include "scan/confirm/rule_plan.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// What of a file is in hand, in file offsets.
struct ChunkSpan {
  std::uint64_t begin = 0;
  std::uint64_t own_begin = 0;
  std::uint64_t own_end = 0;
  std::uint64_t end = 0;
  /// `own_end` and `end` are the end of the file.
  bool last = false;
};

/// Where the search of one rule in one file stands between chunks.
struct RuleProgress {
  /// No match begins before it: the end of the last one found.
  std::uint64_t position = 0;
  /// A window that later bytes decide: [carry_begin, carry_end], the end unknown where plans go by
  /// stops.
  bool carried = false;
  std::uint64_t carry_begin = 0;
  std::uint64_t carry_end = 0;
};

/// Asks for matches inside a window. `begin` and `end` bound where a match lies.
class WindowSearch {
 public:
  virtual ~WindowSearch() = default;
  /// Reports each match in [begin, end] that begins before `starts_end`, leftmost first, not
  /// overlapping, beginning with `progress.position`, which it moves past each.
  virtual Status search(RuleProgress& progress, std::uint64_t begin, std::uint64_t end,
                        std::uint64_t starts_end) = 0;
};

/// Finds the matches that the chunk decides, and carries the rest.
///
/// `candidates` are file offsets in the own part, ascending; with `dense` every position is one.
/// `text` serves the chunk's bytes.
///
/// Why it is exact. Windows that touch are searched as one, so every match lies in exactly one
/// searched window, whole; and so does every other way to match from the same first byte, since
/// that is a match too and holds a candidate in the window. RE2's choice (leftmost, then its
/// preference) is made among matches, so cutting the text at the window's end cannot change it, as
/// long as assertions see the bytes beyond, which `search` provides. A match that begins before
/// `starts_end` has its candidate before the own part's end (known) and its end inside the chunk
/// (in hand), by the plan's numbers; windows by stops end at a byte that no match can hold, so
/// nothing after it matters. What begins later is carried, and decided once by a later chunk: its
/// search begins at `starts_end` or at the end of the last match, whichever is later.
Status advance_rule(const RulePlan& plan, RuleProgress& progress,
                    std::span<const std::uint64_t> candidates, bool dense, const ChunkSpan& chunk,
                    FileText& text, WindowSearch& matches);

/// First file offset whose match starts are not all decided after `chunk`, for a bounded plan.
[[nodiscard]] std::uint64_t decided_starts(const RulePlan& plan, const ChunkSpan& chunk) noexcept;

}  // namespace vyre::scan
