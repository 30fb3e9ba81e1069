#include "backend/cuda/device_claim.hpp"

#include <fmt/format.h>

#include <mutex>
#include <set>
#include <utility>

namespace vyre::backend {
namespace {

constexpr int kNone = -1;

struct Claims {
  std::mutex mutex;
  std::set<int> devices;
};

Claims& claims() {
  static Claims all;
  return all;
}

}  // namespace

Result<DeviceClaim> DeviceClaim::take(const CudaDevice& device) {
  const std::lock_guard lock(claims().mutex);
  if (claims().devices.insert(device.index).second) return DeviceClaim(device.index);
  return tl::unexpected(
      unavailable(fmt::format("another session of this process runs on device {}, {} ({})",
                              device.index, device.name, device.uuid),
                  "close that session first, or choose another device"));
}

DeviceClaim::DeviceClaim(DeviceClaim&& other) noexcept
    : index_(std::exchange(other.index_, kNone)) {}

DeviceClaim::~DeviceClaim() {
  if (index_ == kNone) return;
  const std::lock_guard lock(claims().mutex);
  claims().devices.erase(index_);
}

}  // namespace vyre::backend
