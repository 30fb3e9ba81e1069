#include "cli/block_range.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/checked.hpp"

namespace vyre::cli {
namespace {

constexpr const char* kForm = "give FIRST:COUNT, two decimal numbers, as in 2048:4096";

/// Nothing where it is no number, or one that 64 bits do not hold.
std::optional<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [parsed, error] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || error != std::errc() || parsed != end) return std::nullopt;
  return number;
}

}  // namespace

Result<BlockRange> parse_block_range(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto first = parse_number(text.substr(0, colon));
  // What is no number, where there is no colon.
  const auto count =
      parse_number(colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1));
  if (!first || !count) {
    return tl::unexpected(invalid_argument(fmt::format("'{}' is no range of blocks", text), kForm));
  }
  if (*count == 0) {
    return tl::unexpected(
        invalid_argument(fmt::format("'{}' is a range of no blocks", text),
                         "give a COUNT of 1 or more, or leave out --lba for all blocks"));
  }
  if (!base::checked_add(*first, *count)) {
    return tl::unexpected(
        invalid_argument(fmt::format("the end of '{}' does not fit 64 bits", text), kForm));
  }
  return BlockRange{.first = *first, .count = *count};
}

}  // namespace vyre::cli
