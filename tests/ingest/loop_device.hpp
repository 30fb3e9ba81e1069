#pragma once

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/owned_fd.hpp"

namespace vyre::test {

/// A loop device over a file, until it goes.
class LoopDevice {
 public:
  explicit LoopDevice(const std::string& file) {
    const base::OwnedFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    const int number = control ? ::ioctl(control.get(), LOOP_CTL_GET_FREE) : -1;
    if (number < 0) {
      reason_ = std::string("no free loop device: ") + std::strerror(errno);
      return;
    }
    path_ = "/dev/loop" + std::to_string(number);
    const base::OwnedFd backing(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    device_ = base::OwnedFd(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (!device_ || ::ioctl(device_.get(), LOOP_SET_FD, backing.get()) != 0) {
      reason_ = path_ + ": " + std::strerror(errno);
      device_.reset();
    }
  }
  ~LoopDevice() {
    if (device_) ::ioctl(device_.get(), LOOP_CLR_FD, 0);
  }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;
  explicit operator bool() const { return static_cast<bool>(device_); }
  const std::string& path() const { return path_; }
  const std::string& reason() const { return reason_; }

 private:
  std::string path_;
  std::string reason_;
  base::OwnedFd device_;
};

}  // namespace vyre::test
