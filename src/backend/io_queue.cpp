#include "backend/io_queue.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/check.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {

IoQueue::Shared IoQueue::lay_out(Carver& carver) {
  return {carver.take<wire::IoHeader>(1), carver.take<wire::IoSlot>(wire::kIoSlots),
          carver.take<kernel::WakeWord>(1)};
}

void IoQueue::begin_service() noexcept {
  VYRE_CHECK(!served_);
  served_ = true;
  wire::store_release(&view_.header->served, 1);
}

void IoQueue::end_service() noexcept {
  VYRE_CHECK(served_);
  served_ = false;
  wire::store_release(&view_.header->served, 0);
  while (const auto request = claim()) {
    complete(request->slot, static_cast<std::uint32_t>(wire::IoStatus::kCancelled));
  }
  // Those that wait for an io slot look again too.
  wire::store_release(&view_.header->completed, view_.header->completed + 1);
}

bool IoQueue::is_published(std::uint32_t slot) const noexcept {
  return wire::load_acquire(&view_.slots[slot].status) ==
         static_cast<std::uint32_t>(wire::IoSlotStatus::kPublished);
}

bool IoQueue::any_published() const noexcept {
  for (std::uint32_t slot = 0; slot < wire::kIoSlots; ++slot) {
    if (is_published(slot)) return true;
  }
  return false;
}

std::optional<LoadRequest> IoQueue::claim() noexcept {
  for (std::uint32_t i = 0; i < wire::kIoSlots; ++i) {
    const std::uint32_t index = (next_ + i) % wire::kIoSlots;
    if (!is_published(index)) continue;
    next_ = index + 1;
    wire::IoSlot& slot = view_.slots[index];
    wire::store_release(&slot.status, static_cast<std::uint32_t>(wire::IoSlotStatus::kClaimed));
    return LoadRequest{.slot = index,
                       .operation = slot.operation,
                       .tenant = wire::io_source_tenant(slot.source),
                       .resource = wire::io_source_handle(slot.source),
                       .region = wire::io_destination_region(slot.destination),
                       .outcome = wire::io_destination_outcome(slot.destination),
                       .offset = std::uint64_t{slot.offset_high} << 32 | slot.offset_low,
                       .bytes = slot.bytes};
  }
  return std::nullopt;
}

void IoQueue::complete(std::uint32_t index, std::uint32_t status) noexcept {
  VYRE_CHECK(index < wire::kIoSlots);
  wire::IoSlot& slot = view_.slots[index];
  VYRE_CHECK(wire::load_acquire(&slot.status) ==
             static_cast<std::uint32_t>(wire::IoSlotStatus::kClaimed));
  const bool ok = status == static_cast<std::uint32_t>(wire::IoStatus::kOk);
  if (!ok) slot.bytes = status;
  wire::store_release(&slot.status, static_cast<std::uint32_t>(ok ? wire::IoSlotStatus::kOk
                                                                  : wire::IoSlotStatus::kError));
  wire::store_release(&view_.header->completed, view_.header->completed + 1);
  backend_.ring_doorbell();
}

bool IoQueue::park() noexcept {
  __atomic_exchange_n(&view_.wake->parked, 1, __ATOMIC_ACQ_REL);
  if (!any_published()) return true;
  unpark();
  return false;
}

void IoQueue::unpark() noexcept { __atomic_exchange_n(&view_.wake->parked, 0, __ATOMIC_ACQ_REL); }

// A worker reads the descriptor only after it saw `parked`, whose write by park() comes later.
Status IoQueue::wake_through(int event_fd) {
  wake_descriptor_ = base::OwnedFd(::fcntl(event_fd, F_DUPFD_CLOEXEC, 0));
  if (!wake_descriptor_) {
    return tl::unexpected(syscall_error("dup of a wake descriptor", errno, "raise `ulimit -n`"));
  }
  view_.wake->event_fd = wake_descriptor_.get();
  return {};
}

}  // namespace vyre::backend
