#include "backend/region_table.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "backend/region.hpp"
#include "base/check.hpp"
#include "base/checked.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

/// Bytes from one outcome to the next; always fits in 64 bits.
u64 outcome_stride(u32 records) {
  return base::align_up<u64>(sizeof(wire::OutcomeHeader) + u64{records} * sizeof(wire::Record),
                             alignof(wire::OutcomeHeader));
}

}  // namespace

Result<std::shared_ptr<RegionTable>> RegionTable::create(Backend& backend) {
  auto memory = backend.allocate(kernel::kMaxRegions * sizeof(kernel::RegionEntry));
  if (!memory) return tl::unexpected(memory.error());
  return std::shared_ptr<RegionTable>(new RegionTable(std::move(*memory)));
}

kernel::RegionEntry* RegionTable::entries() const noexcept {
  return reinterpret_cast<kernel::RegionEntry*>(entries_.bytes().data());
}

const kernel::RegionEntry& RegionTable::entry(u32 id) const {
  VYRE_CHECK(id < kernel::kMaxRegions);
  return entries()[id];
}

Result<u32> RegionTable::add(Backend& backend, std::span<const std::byte> data, u32 outcomes,
                             u32 records) {
  const u64 stride = outcome_stride(records);
  const auto bytes = base::checked_multiply<u64>(stride, outcomes);
  if (outcomes == 0 || !bytes) {
    return tl::unexpected(
        invalid_argument(fmt::format("a region with {} outcomes of {} records", outcomes, records),
                         "give it at least one outcome, of a size that fits in memory"));
  }
  auto memory = backend.allocate(*bytes);
  if (!memory) return tl::unexpected(memory.error());
  const std::lock_guard lock(mutex_);
  for (u32 id = 0; id < kernel::kMaxRegions; ++id) {
    if (taken_[id]) continue;
    taken_[id] = true;
    outcomes_[id] = std::move(*memory);
    kernel::RegionEntry& entry = entries()[id];
    entry.data = reinterpret_cast<const u8*>(data.data());
    entry.data_bytes = data.size();
    entry.outcomes = reinterpret_cast<u8*>(outcomes_[id].bytes().data());
    entry.outcome_count = outcomes;
    entry.record_capacity = records;
    entry.outcome_stride = stride;
    wire::store_release(&entry.active, 1);
    return id;
  }
  return tl::unexpected(unavailable(fmt::format("all {} regions are taken", kernel::kMaxRegions),
                                    "remove a region first"));
}

void RegionTable::remove(u32 id) noexcept {
  kernel::RegionEntry& entry = entries()[id];
  wire::store_release(&entry.active, 0);
  // See enter_region: this must be a read-modify-write. A worker stays inside for one chunk.
  while (wire::fetch_add(&entry.users, 0) != 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  const std::lock_guard lock(mutex_);
  outcomes_[id] = SharedMemory();
  taken_[id] = false;
}

Region::Region(std::shared_ptr<RegionTable> table, std::uint32_t id) noexcept
    : table_(std::move(table)), id_(id) {}

Region::Region(Region&& other) noexcept : table_(std::move(other.table_)), id_(other.id_) {}

Region& Region::operator=(Region&& other) noexcept {
  if (this != &other) {
    remove();
    table_ = std::move(other.table_);
    id_ = other.id_;
  }
  return *this;
}

Region::~Region() { remove(); }

void Region::remove() noexcept {
  if (table_) std::exchange(table_, nullptr)->remove(id_);
}

const wire::OutcomeHeader& Region::outcome(std::uint32_t index) const {
  VYRE_CHECK(table_ != nullptr);
  const kernel::RegionEntry& entry = table_->entry(id_);
  VYRE_CHECK(index < entry.outcome_count);
  return *reinterpret_cast<const wire::OutcomeHeader*>(entry.outcomes +
                                                       index * entry.outcome_stride);
}

std::span<const wire::Record> Region::records(std::uint32_t index) const {
  const wire::OutcomeHeader& header = outcome(index);
  if (overflowed(index)) return {};
  return {reinterpret_cast<const wire::Record*>(&header + 1), header.record_count};
}

bool Region::overflowed(std::uint32_t index) const {
  return outcome(index).record_count > record_capacity();
}

std::uint32_t Region::record_capacity() const {
  VYRE_CHECK(table_ != nullptr);
  return table_->entry(id_).record_capacity;
}

}  // namespace vyre::backend
