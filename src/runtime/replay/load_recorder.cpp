#include "runtime/replay/load_recorder.hpp"

#include "runtime/replay/ring_recorder.hpp"

namespace vyre::runtime::replay {

void LoadRecorder::attach(u32 region, RingRecorder& ring) {
  const std::lock_guard lock(mutex_);
  rings_[region] = &ring;
}

void LoadRecorder::detach(u32 region) {
  const std::lock_guard lock(mutex_);
  rings_.erase(region);
}

void LoadRecorder::answered(const backend::LoadRequest& request, std::uint32_t status,
                            std::span<const std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  const auto ring = rings_.find(request.region);
  if (ring != rings_.end()) ring->second->answered(request, status, bytes);
}

}  // namespace vyre::runtime::replay
