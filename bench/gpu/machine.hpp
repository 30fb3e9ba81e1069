#pragma once

#include <memory>
#include <string>

#include "backend/megakernel.hpp"

namespace vyre::bench::gpu {

/// A megakernel on the device with one queue of 4096 slots, not running at first. Ends the process
/// where there is no device.
class Machine {
 public:
  static constexpr u32 kCapacity = 4096;

  explicit Machine(const std::string& device);
  ~Machine() { quiesce(); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void launch();
  void quiesce();
  [[nodiscard]] backend::Megakernel& kernel() noexcept { return *kernel_; }
  [[nodiscard]] backend::WorkQueue& queue() noexcept { return kernel_->queue(0); }

  /// Publishes a NOP and spins until it is DONE.
  void nop();
  /// Waits for the position, which must end DONE, and does not release it.
  void wait(u32 position);
  /// Publishes `count` NOPs and takes them back, the queue full all the while.
  void nops(u64 count);

 private:
  std::unique_ptr<backend::Megakernel> kernel_;
};

}  // namespace vyre::bench::gpu
