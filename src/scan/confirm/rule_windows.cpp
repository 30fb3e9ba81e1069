#include "scan/confirm/rule_windows.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

namespace vyre::scan {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();
// How much is read at a time where a run of bytes began before the chunk.
constexpr std::uint64_t kBackBlock = 64 * 1024;

std::uint64_t minus(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }
std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  return a > kEverything - b ? kEverything : a + b;
}

// The last end of a match that the bytes in hand can prove: one byte of context stays beyond it.
std::uint64_t last_known_end(const ChunkSpan& chunk) {
  return chunk.last ? chunk.end : minus(chunk.end, 1);
}

struct Advance {
  const RulePlan& plan;
  RuleProgress& progress;
  std::span<const std::uint64_t> candidates;
  bool dense;
  const ChunkSpan& chunk;
  FileText& text;
  WindowSearch& matches;

  Status by_numbers();
  Status by_stops();
  Status by_stops_dense();
  Status by_stops_sparse();
  /// Searches a window whose candidates lie before `candidates_end`: so do the first bytes of its
  /// matches.
  Status decide(std::uint64_t begin, std::uint64_t end, std::uint64_t starts_end,
                std::uint64_t candidates_end = kEverything);
  Result<std::uint64_t> window_begin(std::uint64_t candidate);
  Result<std::uint64_t> after_last_stop(std::uint64_t limit, std::uint64_t before);
  Result<std::uint64_t> next_own_stop(std::uint64_t from);
  void carry(std::uint64_t begin, std::uint64_t end);
};

void Advance::carry(std::uint64_t begin, std::uint64_t end) {
  if (progress.carried) {
    progress.carry_begin = std::min(progress.carry_begin, begin);
    progress.carry_end = std::max(progress.carry_end, end);
  } else {
    progress.carried = true;
    progress.carry_begin = begin;
    progress.carry_end = end;
  }
}

Status Advance::decide(std::uint64_t begin, std::uint64_t end, std::uint64_t starts_end,
                       std::uint64_t candidates_end) {
  const std::uint64_t known_end = std::min(end, last_known_end(chunk));
  const std::uint64_t from = std::max(begin, progress.position);
  const std::uint64_t starts_bound = std::min(starts_end, candidates_end);
  if (from <= known_end && from < starts_bound) {
    if (auto done = matches.search(progress, from, known_end, starts_bound); !done) return done;
  }
  if (end >= starts_end) carry(std::max({begin, starts_end, progress.position}), end);
  return {};
}

Status Advance::by_numbers() {
  const std::uint64_t starts_end = decided_starts(plan, chunk);
  const RuleProgress before = std::exchange(progress, {.position = progress.position});
  bool open = before.carried;
  std::uint64_t begin = before.carry_begin;
  std::uint64_t end = before.carry_end;
  const auto decide_open = [&]() -> Status {
    return decide(begin, end, starts_end, plan.always ? kEverything : minus(end, plan.forward));
  };
  const auto add = [&](std::uint64_t next_begin, std::uint64_t next_end) -> Status {
    if (open && next_begin <= end) {
      end = std::max(end, next_end);
      return {};
    }
    if (open) {
      if (auto done = decide_open(); !done) return done;
    }
    open = true;
    begin = next_begin;
    end = next_end;
    return {};
  };
  const auto add_range = [&](std::uint64_t first, std::uint64_t past_last) {
    return add(minus(first, plan.back), plus(past_last, plan.always ? plan.length : plan.forward));
  };

  if (dense) {
    if (auto added = add_range(chunk.own_begin, chunk.own_end); !added) return added;
  } else {
    for (const std::uint64_t candidate : candidates) {
      if (auto added = add_range(candidate, candidate + 1); !added) return added;
    }
  }
  return open ? decide_open() : Status{};
}

Status Advance::by_stops() {
  if (progress.carried && !dense) {
    const auto stop = next_own_stop(chunk.own_begin);
    if (!stop) return tl::unexpected(stop.error());
    if (*stop == kEverything && !chunk.last) return {};
    progress.carried = false;
    const std::uint64_t end = std::min(*stop, chunk.end);
    if (auto done = decide(progress.carry_begin, end, kEverything); !done) return done;
    const auto rest = std::upper_bound(candidates.begin(), candidates.end(), end);
    candidates = candidates.subspan(static_cast<std::size_t>(rest - candidates.begin()));
  }
  return dense ? by_stops_dense() : by_stops_sparse();
}

Status Advance::by_stops_sparse() {
  std::uint64_t decided = chunk.own_begin;
  for (const std::uint64_t candidate : candidates) {
    if (candidate < decided) continue;
    const auto begin = window_begin(candidate);
    if (!begin) return tl::unexpected(begin.error());
    const auto stop = next_own_stop(candidate);
    if (!stop) return tl::unexpected(stop.error());
    if (*stop == kEverything && !chunk.last) {
      carry(*begin, kEverything);
      return {};
    }
    decided = std::min(*stop, chunk.end);
    const std::uint64_t last = *std::prev(std::ranges::upper_bound(candidates, decided));
    if (auto done = decide(*begin, decided, kEverything, last + 1); !done) return done;
    ++decided;
  }
  return {};
}

Status Advance::by_stops_dense() {
  std::uint64_t begin = chunk.own_begin;
  if (std::exchange(progress.carried, false)) {
    begin = progress.carry_begin;
  } else if (!plan.always) {
    const auto from = window_begin(chunk.own_begin);
    if (!from) return tl::unexpected(from.error());
    begin = *from;
  }
  if (chunk.last) return decide(begin, chunk.end, kEverything);
  const auto own = text.view(chunk.own_begin, chunk.own_end);
  if (!own) return tl::unexpected(own.error());
  const std::size_t stop = plan.last_stop(*own, 0, own->size());
  if (stop == std::string_view::npos) {
    carry(begin, kEverything);
    return {};
  }
  const std::uint64_t end = chunk.own_begin + stop;
  if (auto done = decide(begin, end, kEverything); !done) return done;
  carry(std::max(end + 1, progress.position), kEverything);
  return {};
}

Result<std::uint64_t> Advance::window_begin(std::uint64_t candidate) {
  const std::uint64_t limit =
      std::max(progress.position, plan.back == kUnbounded ? 0 : minus(candidate, plan.back));
  if (plan.back != kUnbounded || !plan.any_stop) return limit;
  return after_last_stop(limit, candidate);
}

// The byte after the last stop in [limit, before), else `limit`.
Result<std::uint64_t> Advance::after_last_stop(std::uint64_t limit, std::uint64_t before) {
  std::uint64_t end = before;
  while (end > limit) {
    const std::uint64_t near = end > chunk.begin ? chunk.begin : minus(end, kBackBlock);
    const std::uint64_t begin = std::max(limit, near);
    const auto block = text.view(begin, end);
    if (!block) return tl::unexpected(block.error());
    const std::size_t stop = plan.last_stop(*block, 0, block->size());
    if (stop != std::string_view::npos) return begin + stop + 1;
    end = begin;
  }
  return limit;
}

// First stop at or after `from` in the own part, else kEverything.
Result<std::uint64_t> Advance::next_own_stop(std::uint64_t from) {
  const auto own = text.view(from, chunk.own_end);
  if (!own) return tl::unexpected(own.error());
  const std::size_t stop = plan.next_stop(*own, 0, own->size());
  return stop == std::string_view::npos ? kEverything : from + stop;
}

}  // namespace

std::uint64_t decided_starts(const RulePlan& plan, const ChunkSpan& chunk) noexcept {
  if (chunk.last) return kEverything;
  return std::min(minus(chunk.own_end, plan.back), minus(last_known_end(chunk) + 1, plan.length));
}

Status advance_rule(const RulePlan& plan, RuleProgress& progress,
                    std::span<const std::uint64_t> candidates, bool dense, const ChunkSpan& chunk,
                    FileText& text, WindowSearch& matches) {
  Advance advance{plan, progress, candidates, dense, chunk, text, matches};
  return plan.bounded ? advance.by_numbers() : advance.by_stops();
}

}  // namespace vyre::scan
