#include "backend/region_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

#include "backend/region.hpp"
#include "backend/worker_words.hpp"
#include "base/check.hpp"
#include "base/checked.hpp"

namespace vyre::backend {
namespace {

/// Records of one outcome: what workers can sort.
constexpr u32 kMaxRecords = 1u << 30;
/// Output bytes of one outcome: far more than memory, far less than could overflow a sum.
constexpr u64 kMaxOutputBytes = u64{1} << 48;

/// Bytes from one outcome to the next.
u64 outcome_stride(u32 records, u64 output_bytes) {
  return base::align_up<u64>(
      sizeof(wire::OutcomeHeader) + u64{records} * sizeof(wire::Record) + output_bytes,
      alignof(wire::OutcomeHeader));
}

}  // namespace

Result<std::shared_ptr<RegionTable>> RegionTable::create(std::shared_ptr<Backend> backend) {
  auto memory = backend->allocate_for_workers(kernel::kMaxRegions * sizeof(kernel::RegionEntry));
  if (!memory) return tl::unexpected(memory.error());
  return std::shared_ptr<RegionTable>(new RegionTable(std::move(backend), std::move(*memory)));
}

kernel::RegionEntry* RegionTable::entries() const noexcept {
  return reinterpret_cast<kernel::RegionEntry*>(entries_.bytes().data());
}

const kernel::RegionEntry& RegionTable::entry(u32 id) const {
  VYRE_CHECK(id < kernel::kMaxRegions);
  return slots_[id].entry;
}

Result<RegionTable::Slot> RegionTable::make_slot(std::span<const std::byte> data, u32 outcomes,
                                                 u32 records, u64 output_bytes) const {
  const u64 stride = outcome_stride(records, std::min(output_bytes, kMaxOutputBytes));
  const auto bytes = base::checked_multiply<u64>(stride, outcomes);
  if (outcomes == 0 || !bytes || output_bytes > kMaxOutputBytes || records > kMaxRecords) {
    return tl::unexpected(invalid_argument(
        fmt::format("a region with {} outcomes of {} records and {} bytes of output", outcomes,
                    records, output_bytes),
        "give it at least one outcome, of a size that fits in memory"));
  }
  auto memory = backend_->allocate_shared(*bytes);
  if (!memory) return tl::unexpected(memory.error());
  Slot slot{.taken = true, .entry = {}, .outcomes = std::move(*memory), .gathered = {}};
  if (backend_->splits_chunks() && records != 0) {
    // Less than the outcomes' bytes, which did not overflow.
    auto gathered =
        backend_->allocate_for_workers(std::size_t{outcomes} * records * sizeof(wire::Record));
    if (!gathered) return tl::unexpected(gathered.error());
    slot.gathered = std::move(*gathered);
  }
  slot.entry = {.active = 0,
                .users = 0,
                .data = reinterpret_cast<const u8*>(data.data()),
                .data_bytes = data.size(),
                .outcomes = reinterpret_cast<u8*>(slot.outcomes.bytes().data()),
                .outcome_count = outcomes,
                .record_capacity = records,
                .output_capacity = output_bytes,
                .outcome_stride = stride,
                .gathered = reinterpret_cast<wire::Record*>(slot.gathered.bytes().data()),
                .near_workers = backend_->is_near_workers(data.data()) ? 1u : 0u};
  return slot;
}

Result<u32> RegionTable::add(std::span<const std::byte> data, u32 outcomes, u32 records,
                             u64 output_bytes) {
  auto slot = make_slot(data, outcomes, records, output_bytes);
  if (!slot) return tl::unexpected(std::move(slot.error()));
  const std::lock_guard lock(mutex_);
  const auto free = std::find_if(slots_.begin(), slots_.end(), [](auto& s) { return !s.taken; });
  if (free == slots_.end()) {
    return tl::unexpected(unavailable(fmt::format("all {} regions are taken", kernel::kMaxRegions),
                                      "remove a region first"));
  }
  const auto id = static_cast<u32>(free - slots_.begin());
  // `users` stays the workers': a slot that names the region too soon may be counted there.
  kernel::RegionEntry* entry = entries() + id;
  constexpr std::size_t kBegin = offsetof(kernel::RegionEntry, data);
  Status status = backend_->write(reinterpret_cast<std::byte*>(entry) + kBegin,
                                  std::as_bytes(std::span(&slot->entry, 1)).subspan(kBegin));
  if (status) status = write_value(*backend_, &entry->active, u32{1});
  if (!status) return tl::unexpected(std::move(status.error()));
  *free = std::move(*slot);
  return id;
}

// A worker stays inside for one chunk. Where the device is lost nothing will leave any more, and
// the backend keeps the memory.
bool RegionTable::any_inside(u32 id) const {
  const auto users = read_value(*backend_, &entries()[id].users);
  return users && *users != 0 && !backend_->fault();
}

void RegionTable::remove(u32 id) noexcept {
  // See enter_region for why nobody is overlooked. A write fails only where the device is lost.
  static_cast<void>(write_value(*backend_, &entries()[id].active, u32{0}));
  while (any_inside(id)) std::this_thread::sleep_for(std::chrono::microseconds(20));
  const std::lock_guard lock(mutex_);
  slots_[id] = Slot();
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
  return *reinterpret_cast<const wire::OutcomeHeader*>(memory(index));
}

std::byte* Region::memory(std::uint32_t index) const {
  VYRE_CHECK(table_ != nullptr);
  const kernel::RegionEntry& entry = table_->entry(id_);
  VYRE_CHECK(index < entry.outcome_count);
  return reinterpret_cast<std::byte*>(entry.outcomes) + index * entry.outcome_stride;
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

std::span<const std::uint64_t> Region::results(std::uint32_t index) const {
  const wire::OutcomeHeader& header = outcome(index);
  VYRE_CHECK(header.result_count <= wire::kOutcomeResults);
  return {header.results, header.result_count};
}

std::span<const std::byte> Region::output(std::uint32_t index) const {
  if (output_overflowed(index)) return {};
  const std::size_t records = std::size_t{record_capacity()} * sizeof(wire::Record);
  return {memory(index) + sizeof(wire::OutcomeHeader) + records, outcome(index).output_bytes};
}

bool Region::output_overflowed(std::uint32_t index) const {
  return outcome(index).output_bytes > output_capacity();
}

std::uint64_t Region::output_capacity() const {
  VYRE_CHECK(table_ != nullptr);
  return table_->entry(id_).output_capacity;
}

std::span<std::uint64_t> Region::carry(std::uint32_t index) const {
  return reinterpret_cast<wire::OutcomeHeader*>(memory(index))->carry;
}

}  // namespace vyre::backend
