#include "backend/cuda/fault_injection.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vyre::backend {

Result<CudaFaultInjection> parse_fault_injection(std::string_view text) {
  using Kind = CudaFaultInjection::Kind;
  if (text.empty()) return CudaFaultInjection{};
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  CudaFaultInjection injection;
  if (name == "bad-store") injection.kind = Kind::kBadStore;
  if (name == "hang") injection.kind = Kind::kHang;
  const std::string_view number =
      colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto parsed =
      std::from_chars(number.data(), number.data() + number.size(), injection.at_tile);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == number.data() + number.size();
  if (injection.kind == Kind::kNone || !whole) {
    return tl::unexpected(invalid_argument(fmt::format("a fault injection '{}'", text),
                                           "give bad-store:TILE or hang:TILE, TILE a number"));
  }
  return injection;
}

}  // namespace vyre::backend
