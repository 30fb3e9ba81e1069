#pragma once

#include <string_view>

#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::backend {

/// A fault put into the running workers on purpose, for tests of what the host makes of it.
struct FaultInjection {
  enum class Kind : u32 {
    kNone = 0,
    /// The worker stores to an address that is not mapped: a GPU faults. Not for the CPU, where the
    /// process would end.
    kBadStore = 1,
    /// The worker never goes on.
    kHang = 2,
    /// The worker ends. For the CPU alone.
    kEnd = 3,
    /// From then on all workers are lost, and none is replaced: what a GPU's fault does. For the
    /// CPU alone.
    kLose = 4,
  };
  Kind kind = Kind::kNone;
  /// Where `marker` is 0, it happens once: on the tile with this number, counted from 0 in the
  /// order in which workers take tiles, since the machine was made (a GPU: since launch).
  u32 at_tile = 0;
  /// Else it happens on every tile that begins with these eight bytes (little-endian).
  u64 marker = 0;
  /// Of a machine, not more than once.
  [[nodiscard]] bool happens_once() const noexcept { return kind != Kind::kNone && marker == 0; }
  friend bool operator==(const FaultInjection&, const FaultInjection&) = default;
};

/// "KIND:TILE" or "KIND=MARKER", where KIND is bad-store, hang, end or lose, TILE a number and
/// MARKER eight characters; nothing where `text` is empty. InvalidArgument otherwise.
Result<FaultInjection> parse_fault_injection(std::string_view text);

}  // namespace vyre::backend
