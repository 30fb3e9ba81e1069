#pragma once

#include <string_view>

#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::backend {

/// A fault put into the running kernel on purpose, for tests of what the host makes of it.
struct CudaFaultInjection {
  enum class Kind : u32 {
    kNone = 0,
    /// The worker stores to an address that is not mapped: the device faults.
    kBadStore = 1,
    /// The worker never goes on.
    kHang = 2,
  };
  Kind kind = Kind::kNone;
  /// It happens on the tile with this number, counted from 0 in the order in which workers take
  /// tiles since launch.
  u32 at_tile = 0;
  friend bool operator==(const CudaFaultInjection&, const CudaFaultInjection&) = default;
};

/// "bad-store:TILE" or "hang:TILE"; nothing where `text` is empty. InvalidArgument otherwise.
Result<CudaFaultInjection> parse_fault_injection(std::string_view text);

}  // namespace vyre::backend
