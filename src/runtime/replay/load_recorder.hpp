#pragma once

#include <map>
#include <mutex>

#include "runtime/load_observer.hpp"
#include "wire/platform.hpp"

namespace vyre::runtime::replay {

class RingRecorder;

/// Hands each answered load to the recorder of the ring whose slot has asked, known by its region.
/// Thread-safe.
class LoadRecorder final : public LoadObserver {
 public:
  /// From now on, until detach(), after which the ring is not called any more.
  void attach(u32 region, RingRecorder& ring);
  void detach(u32 region);

  void answered(const backend::LoadRequest& request, std::uint32_t status,
                std::span<const std::byte> bytes) override;

 private:
  std::mutex mutex_;
  std::map<u32, RingRecorder*> rings_;
};

}  // namespace vyre::runtime::replay
