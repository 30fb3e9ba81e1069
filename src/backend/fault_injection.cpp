#include "backend/fault_injection.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace vyre::backend {
namespace {

using Kind = FaultInjection::Kind;

Kind kind_of(std::string_view name) {
  if (name == "bad-store") return Kind::kBadStore;
  if (name == "hang") return Kind::kHang;
  if (name == "end") return Kind::kEnd;
  return name == "lose" ? Kind::kLose : Kind::kNone;
}

bool parse_tile(std::string_view number, FaultInjection& injection) {
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, injection.at_tile);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

bool parse_marker(std::string_view text, FaultInjection& injection) {
  if (text.size() != sizeof injection.marker) return false;
  std::memcpy(&injection.marker, text.data(), sizeof injection.marker);
  return injection.marker != 0;
}

}  // namespace

Result<FaultInjection> parse_fault_injection(std::string_view text) {
  FaultInjection injection;
  if (text.empty()) return injection;
  const std::size_t mark = text.find_first_of(":=");
  injection.kind = kind_of(text.substr(0, mark));
  bool whole = false;
  if (mark != std::string_view::npos) {
    const std::string_view place = text.substr(mark + 1);
    whole = text[mark] == ':' ? parse_tile(place, injection) : parse_marker(place, injection);
  }
  if (injection.kind != Kind::kNone && whole) return injection;
  return tl::unexpected(
      invalid_argument(fmt::format("a fault injection '{}'", text),
                       "give bad-store, hang, end or lose, then :TILE, a number, or =MARKER, eight "
                       "characters that tiles begin with"));
}

}  // namespace vyre::backend
