#include "cli/duration.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

namespace vyre::cli {
namespace {

constexpr double kMostSeconds = 24 * 3600;

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr Unit kUnits[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};

std::optional<double> seconds_of_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.seconds;
  }
  return std::nullopt;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto refuse = [text](const char* why, const char* fix) {
    return tl::unexpected(invalid_argument(fmt::format("'{}' {}", text, why), fix));
  };
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, digits);
  const auto unit =
      seconds_of_unit(digits == std::string_view::npos ? std::string_view{} : text.substr(digits));
  double count = 0;
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, count, std::chars_format::fixed);
  if (!unit || parsed.ec != std::errc() || parsed.ptr != end) {
    return refuse("is no duration", "give a number and a unit, as in 500ms, 1.5s, 2m or 1h");
  }
  const double seconds = count * *unit;
  if (seconds > kMostSeconds) return refuse("is more than a day", "give 24h or less");
  const auto nanoseconds = std::llround(seconds * 1e9);
  if (nanoseconds == 0) return refuse("is no time at all", "give more than nothing");
  return std::chrono::nanoseconds(nanoseconds);
}

}  // namespace vyre::cli
