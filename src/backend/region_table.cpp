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
/// So that two inboxes share no cache line.
constexpr u64 kInboxAlignment = 64;

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

Status RegionTable::make_inboxes(Slot& slot, u32 outcomes, u32 bytes) const {
  if (bytes == 0) return {};
  if (outcomes > wire::kMaxInboxesPerRegion) {
    return tl::unexpected(
        invalid_argument(fmt::format("a region with {} outcomes that have inboxes", outcomes),
                         fmt::format("use at most {}", wire::kMaxInboxesPerRegion)));
  }
  const u64 stride = base::align_up<u64>(bytes, kInboxAlignment);
  auto inboxes = backend_->map_buffer(stride * outcomes);
  if (!inboxes) return tl::unexpected(std::move(inboxes.error()));
  auto parks = backend_->allocate_for_workers(std::size_t{outcomes} * sizeof(kernel::Park));
  if (!parks) return tl::unexpected(std::move(parks.error()));
  slot.inboxes = std::move(*inboxes);
  slot.parks = std::move(*parks);
  slot.entry.inbox_bytes = bytes;
  slot.entry.inboxes = reinterpret_cast<u8*>(slot.inboxes->data());
  slot.entry.inbox_stride = stride;
  slot.entry.parks = reinterpret_cast<kernel::Park*>(slot.parks.bytes().data());
  return {};
}

Result<RegionTable::Slot> RegionTable::make_slot(std::span<const std::byte> data, u32 outcomes,
                                                 const OutcomeSize& size) const {
  const u32 records = size.records;
  const u64 output_bytes = size.output_bytes;
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
  Slot slot;
  slot.taken = true;
  slot.outcomes = std::move(*memory);
  if (backend_->splits_chunks() && records != 0) {
    // Less than the outcomes' bytes, which did not overflow.
    auto gathered =
        backend_->allocate_for_workers(std::size_t{outcomes} * records * sizeof(wire::Record));
    if (!gathered) return tl::unexpected(gathered.error());
    slot.gathered = std::move(*gathered);
  }
  slot.entry = {.active = 0,
                .users = 0,
                .parked = 0,
                .data = reinterpret_cast<const u8*>(data.data()),
                .data_bytes = data.size(),
                .outcomes = reinterpret_cast<u8*>(slot.outcomes.bytes().data()),
                .outcome_count = outcomes,
                .record_capacity = records,
                .output_capacity = output_bytes,
                .outcome_stride = stride,
                .gathered = reinterpret_cast<wire::Record*>(slot.gathered.bytes().data()),
                .near_workers = backend_->is_near_workers(data.data()) ? 1u : 0u,
                .inbox_bytes = 0,
                .inboxes = nullptr,
                .inbox_stride = 0,
                .parks = nullptr};
  if (Status status = make_inboxes(slot, outcomes, size.inbox_bytes); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return slot;
}

Result<u32> RegionTable::add(std::span<const std::byte> data, u32 outcomes,
                             const OutcomeSize& size) {
  auto slot = make_slot(data, outcomes, size);
  if (!slot) return tl::unexpected(std::move(slot.error()));
  const std::lock_guard lock(mutex_);
  reclaim();
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

bool RegionTable::any_parked(u32 id) const {
  const auto parked = read_value(*backend_, &entries()[id].parked);
  return parked && *parked != 0 && !backend_->fault();
}

void RegionTable::remove(u32 id) noexcept {
  {
    const std::lock_guard lock(mutex_);
    slots_[id].leaving = true;
  }
  // See enter_region for why nobody is overlooked. A write fails only where the device is lost.
  static_cast<void>(write_value(*backend_, &entries()[id].active, u32{0}));
  while (any_inside(id)) std::this_thread::sleep_for(std::chrono::microseconds(20));
  std::unique_lock lock(mutex_);
  Slot& slot = slots_[id];
  unpinned_.wait(lock, [&slot] { return slot.pins == 0; });
  slot.outcomes = {};
  slot.gathered = {};
  slot.inboxes.reset();
  reclaim();
}

// Who goes on with a parked slot is inside the region before he has left its park.
void RegionTable::reclaim() {
  for (u32 id = 0; id < kernel::kMaxRegions; ++id) {
    Slot& slot = slots_[id];
    const bool empty = slot.leaving && slot.pins == 0 && slot.outcomes.bytes().empty();
    if (empty && !any_parked(id) && !any_inside(id)) slot = Slot();
  }
}

std::optional<std::span<std::byte>> RegionTable::pin_inbox(u32 id, u32 outcome, u32 bytes) {
  if (id >= kernel::kMaxRegions) return std::nullopt;
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_[id];
  const kernel::RegionEntry& entry = slot.entry;
  if (!slot.taken || slot.leaving || outcome >= entry.outcome_count || bytes > entry.inbox_bytes) {
    return std::nullopt;
  }
  ++slot.pins;
  return slot.inboxes->bytes().subspan(outcome * entry.inbox_stride, bytes);
}

void RegionTable::unpin_inbox(u32 id) noexcept {
  const std::lock_guard lock(mutex_);
  VYRE_CHECK(slots_[id].pins != 0);
  if (--slots_[id].pins == 0) unpinned_.notify_all();
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

std::uint32_t Region::outcome_count() const {
  VYRE_CHECK(table_ != nullptr);
  return table_->entry(id_).outcome_count;
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

std::span<const std::byte> Region::inbox(std::uint32_t index) const {
  VYRE_CHECK(table_ != nullptr);
  const kernel::RegionEntry& entry = table_->entry(id_);
  VYRE_CHECK(index < entry.outcome_count);
  if (entry.inbox_bytes == 0) return {};
  return {reinterpret_cast<const std::byte*>(entry.inboxes) + index * entry.inbox_stride,
          entry.inbox_bytes};
}

std::span<std::uint64_t> Region::carry(std::uint32_t index) const {
  return reinterpret_cast<wire::OutcomeHeader*>(memory(index))->carry;
}

void Region::clear_times(std::uint32_t index) const {
  auto* const outcome = reinterpret_cast<wire::OutcomeHeader*>(memory(index));
  outcome->begun = 0;
  outcome->ended = 0;
}

}  // namespace vyre::backend
