#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>

#include "backend/backend.hpp"
#include "kernel/context.hpp"

namespace vyre::backend {

/// What one outcome of a region has room for.
struct OutcomeSize {
  u32 records = 0;
  u64 output_bytes = 0;
  /// For programs that load, and LOAD_MISS; 0: none.
  u32 inbox_bytes = 0;
};

/// The regions that workers may touch, with their outcomes' memory. Thread-safe. Outlives both the
/// Megakernel and the Regions, which share it.
class RegionTable {
 public:
  /// Errors: what the backend's allocations say.
  static Result<std::shared_ptr<RegionTable>> create(std::shared_ptr<Backend> backend);

  /// Errors: InvalidArgument for sizes out of range, Unavailable where all regions are taken.
  Result<u32> add(std::span<const std::byte> data, u32 outcomes, const OutcomeSize& size);
  /// Returns when no worker touches the region, or none ever will again, and no inbox of it is
  /// pinned. Slots that are parked in it may be left: they end in FAULT kUnknownRegion when they go
  /// on; until then the id is no other region's.
  void remove(u32 id) noexcept;

  /// The first `bytes` of an outcome's inbox, for a read into it, until unpin(); nothing where
  /// there is no such inbox, or the region is being removed.
  [[nodiscard]] std::optional<std::span<std::byte>> pin_inbox(u32 id, u32 outcome, u32 bytes);
  void unpin_inbox(u32 id) noexcept;

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
    std::optional<memory::MappedBuffer> inboxes;
    WorkerMemory parks;
    u32 pins = 0;
    /// Being removed, or removed but for `parks`, which slots are still parked in.
    bool leaving = false;
  };
  RegionTable(std::shared_ptr<Backend> backend, WorkerMemory entries)
      : backend_(std::move(backend)), entries_(std::move(entries)) {}
  [[nodiscard]] Result<Slot> make_slot(std::span<const std::byte> data, u32 outcomes,
                                       const OutcomeSize& size) const;
  Status make_inboxes(Slot& slot, u32 outcomes, u32 bytes) const;
  [[nodiscard]] bool any_inside(u32 id) const;
  [[nodiscard]] bool any_parked(u32 id) const;
  /// Frees what slots are not parked in any more. Under the lock.
  void reclaim();

  std::shared_ptr<Backend> backend_;
  WorkerMemory entries_;
  std::mutex mutex_;
  std::condition_variable unpinned_;
  std::array<Slot, kernel::kMaxRegions> slots_;
};

}  // namespace vyre::backend
