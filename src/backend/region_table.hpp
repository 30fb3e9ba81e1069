#pragma once

#include <array>
#include <mutex>
#include <span>

#include "backend/backend.hpp"
#include "kernel/context.hpp"

namespace vyre::backend {

/// The regions that workers may touch, with their outcomes' memory. Thread-safe. Outlives both the
/// Megakernel and the Regions, which share it.
class RegionTable {
 public:
  /// Errors: what the backend's allocate says.
  static Result<std::shared_ptr<RegionTable>> create(Backend& backend);

  /// Errors: InvalidArgument for sizes out of range, Unavailable where all regions are taken.
  Result<u32> add(Backend& backend, std::span<const std::byte> data, u32 outcomes, u32 records,
                  u64 output_bytes);
  /// Returns when no worker touches the region.
  void remove(u32 id) noexcept;

  [[nodiscard]] kernel::RegionEntry* entries() const noexcept;
  [[nodiscard]] const kernel::RegionEntry& entry(u32 id) const;

 private:
  explicit RegionTable(SharedMemory entries) : entries_(std::move(entries)) {}

  SharedMemory entries_;
  std::mutex mutex_;
  std::array<SharedMemory, kernel::kMaxRegions> outcomes_;
  std::array<bool, kernel::kMaxRegions> taken_{};
};

}  // namespace vyre::backend
