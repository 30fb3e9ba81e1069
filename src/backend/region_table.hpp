#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>

#include "backend/backend.hpp"
#include "kernel/context.hpp"

namespace vyre::backend {

/// The regions that workers may touch, with their outcomes' memory. Thread-safe. Outlives both the
/// Megakernel and the Regions, which share it.
class RegionTable {
 public:
  /// Errors: what the backend's allocations say.
  static Result<std::shared_ptr<RegionTable>> create(std::shared_ptr<Backend> backend);

  /// Errors: InvalidArgument for sizes out of range, Unavailable where all regions are taken.
  Result<u32> add(std::span<const std::byte> data, u32 outcomes, u32 records, u64 output_bytes);
  /// Returns when no worker touches the region, or none ever will again.
  void remove(u32 id) noexcept;

  /// In workers' memory.
  [[nodiscard]] kernel::RegionEntry* entries() const noexcept;
  /// What `add` has written there.
  [[nodiscard]] const kernel::RegionEntry& entry(u32 id) const;

 private:
  struct Slot {
    bool taken = false;
    kernel::RegionEntry entry{};
    SharedMemory outcomes;
    WorkerMemory gathered;
  };
  RegionTable(std::shared_ptr<Backend> backend, WorkerMemory entries)
      : backend_(std::move(backend)), entries_(std::move(entries)) {}
  [[nodiscard]] Result<Slot> make_slot(std::span<const std::byte> data, u32 outcomes, u32 records,
                                       u64 output_bytes) const;
  [[nodiscard]] bool any_inside(u32 id) const;

  std::shared_ptr<Backend> backend_;
  WorkerMemory entries_;
  std::mutex mutex_;
  std::array<Slot, kernel::kMaxRegions> slots_;
};

}  // namespace vyre::backend
