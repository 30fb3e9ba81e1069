#pragma once

#include <cstddef>

#include "wire/platform.hpp"

namespace vyre::testing {

/// A kernel that holds every thread of every multiprocessor of device 0 until it is told to stop,
/// or, so that a test that fails does not hang, for 20 seconds.
class SpinKernel {
 public:
  /// When it returns, the kernel runs. Aborts where the device fails.
  SpinKernel();
  ~SpinKernel();
  SpinKernel(const SpinKernel&) = delete;
  SpinKernel& operator=(const SpinKernel&) = delete;

  /// True where it has not been stopped and has not ended by itself.
  [[nodiscard]] bool runs() const;
  /// Returns when the kernel has exited. Idempotent.
  void stop();

 private:
  struct Words;
  Words* words_ = nullptr;
  void* stream_ = nullptr;
};

/// Copies by a kernel on device 0, which loads and stores single bytes at the addresses as they
/// are; returns when it is done. Aborts where the device fails.
void copy_by_kernel(std::byte* target, const std::byte* source, std::size_t bytes);

}  // namespace vyre::testing
