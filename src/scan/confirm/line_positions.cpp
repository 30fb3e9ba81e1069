#include "scan/confirm/line_positions.hpp"

#include <algorithm>
#include <string_view>

#include "scan/confirm/newlines.hpp"

namespace vyre::scan {
namespace {

// How much is looked at (and, outside the chunk, read again) at a time.
constexpr std::uint64_t kBlock = 256 * 1024;

}  // namespace

Status LinePositions::locate(std::span<RuleMatch> matches, FileText& text) const {
  Point point = here_;
  if (!matches.empty() && matches.front().offset < point.offset) {
    if (auto moved = retreat(point, matches.front().offset, text); !moved) return moved;
  }
  for (RuleMatch& match : matches) {
    if (auto moved = advance(point, match.offset, text); !moved) return moved;
    match.line = point.newlines + 1;
    match.column = match.offset - point.line_start + 1;
  }
  return {};
}

Status LinePositions::advance(Point& point, std::uint64_t offset, FileText& text) {
  while (point.offset < offset) {
    const std::uint64_t end = std::min(offset, point.offset + kBlock);
    const auto block = text.view(point.offset, end);
    if (!block) return tl::unexpected(block.error());
    const std::size_t newline = last_newline(*block, 0, block->size());
    if (newline != std::string_view::npos) {
      point.newlines += count_newlines(*block);
      point.line_start = point.offset + newline + 1;
    }
    point.offset = end;
  }
  return {};
}

Status LinePositions::retreat(Point& point, std::uint64_t offset, FileText& text) {
  bool crossed = false;
  while (point.offset > offset) {
    const std::uint64_t begin = std::max(offset, point.offset - std::min(point.offset, kBlock));
    const auto block = text.view(begin, point.offset);
    if (!block) return tl::unexpected(block.error());
    const std::uint64_t newlines = count_newlines(*block);
    crossed |= newlines > 0;
    point.newlines -= newlines;
    point.offset = begin;
  }
  if (!crossed) return {};
  std::uint64_t end = offset;
  while (end > 0) {
    const std::uint64_t begin = end - std::min(end, kBlock);
    const auto block = text.view(begin, end);
    if (!block) return tl::unexpected(block.error());
    const std::size_t newline = last_newline(*block, 0, block->size());
    if (newline != std::string_view::npos) {
      point.line_start = begin + newline + 1;
      return {};
    }
    end = begin;
  }
  point.line_start = 0;
  return {};
}

}  // namespace vyre::scan
