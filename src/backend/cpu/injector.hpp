#pragma once

#include <atomic>

#include "backend/fault_injection.hpp"
#include "kernel/tile.hpp"

namespace vyre::backend {

/// Thrown by a worker that is to end in the middle of a slot, since a test wants it or since the
/// slot is not its own any more; caught where its thread began.
struct WorkerEnds {};

/// Puts a fault into the workers of a CPU. Thread-safe. Lives as long as any worker.
class Injector {
 public:
  explicit Injector(const FaultInjection& injection) : injection_(injection) {}
  [[nodiscard]] bool wanted() const noexcept {
    return injection_.kind != FaultInjection::Kind::kNone;
  }
  /// Whether the machine may be lost as a whole, and whether it is.
  [[nodiscard]] bool may_lose() const noexcept {
    return injection_.kind == FaultInjection::Kind::kLose;
  }
  [[nodiscard]] bool lost() const noexcept { return lost_.load(); }
  /// A worker begins a tile; where it is the one, it does not return.
  void begin_tile(const kernel::TileView& tile);

 private:
  const FaultInjection injection_;
  std::atomic<u32> tiles_{0};
  std::atomic<bool> lost_{false};
};

}  // namespace vyre::backend
