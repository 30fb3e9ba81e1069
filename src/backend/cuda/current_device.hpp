#pragma once

#include "vyre/error.hpp"

namespace vyre::backend {

/// Makes a CUDA device the calling thread's while it lives, and then the one that was before: which
/// device is current is a thread's own setting, and that of our caller is not ours to change. One
/// that the process does not use is not made current again: that would make a context on it, which
/// takes its memory, and time. So who uses several devices chooses his own before he calls us.
class CurrentDevice {
 public:
  explicit CurrentDevice(int index) noexcept;
  ~CurrentDevice();
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

  /// What the change came to; after a failure, calls of CUDA meet another device.
  [[nodiscard]] Status status() const;

 private:
  const int index_;
  int previous_ = -1;
  int error_ = 0;
};

}  // namespace vyre::backend
