#pragma once

#include "cuda_memory.hpp"
#include "wire/platform.hpp"

namespace vyre::bench::gpu {

/// The least that a round trip to a running kernel can be: one thread that waits for a word in
/// mapped host memory to change and writes it into another.
class Mailbox {
 public:
  Mailbox() : words_(2 * kStride) {}

  /// Launches the kernel; nothing else may be launched until stop().
  void start();
  /// Sends a word and waits for its echo.
  void round_trip();
  void stop();

 private:
  /// Words between the two, so that they share no cache line.
  static constexpr std::size_t kStride = 64;
  void send(u32 word);

  PinnedArray<u32> words_;
  u32 last_ = 0;
};

/// Launches a kernel that does nothing.
void launch_empty();

}  // namespace vyre::bench::gpu
