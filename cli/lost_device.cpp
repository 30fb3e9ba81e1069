#include "cli/lost_device.hpp"

#include <unistd.h>

#include <cstdio>

namespace vyre::cli {

bool is_device_lost(const Status& done) noexcept {
  return !done && done.error().code == ErrorCode::kDeviceFault;
}

void exit_without_device(int code) {
  std::fflush(nullptr);
  ::_exit(code);
}

}  // namespace vyre::cli
