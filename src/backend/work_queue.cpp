#include "backend/work_queue.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "backend/worker_words.hpp"

namespace vyre::backend {
namespace {

bool is_user_opcode_of(u32 opcode, u32 tenant) {
  return opcode - wire::kUserOpcodeBase - tenant * wire::kUserOpcodeWindow <
             wire::kUserOpcodeWindow &&
         opcode >= wire::kUserOpcodeBase;
}

bool may_publish(u32 opcode, u32 tenant) {
  switch (static_cast<wire::Opcode>(opcode)) {
    case wire::Opcode::kBatchFence:
    case wire::Opcode::kLoadMiss:
    case wire::Opcode::kPackedSlot:
    case wire::Opcode::kShutdown:
      return true;
    default:
      return wire::packable_arguments(opcode) != wire::kNotPackable ||
             is_user_opcode_of(opcode, tenant);
  }
}

bool is_valid(const WorkItem& item) {
  return item.tenant < wire::kMaxTenants && may_publish(item.opcode, item.tenant) &&
         static_cast<std::uint32_t>(item.priority) < wire::kBands;
}

}  // namespace

WorkQueue::WorkQueue(std::span<const kernel::QueueView, wire::kBands> bands, Backend& backend)
    : views_(bands),
      slots_(bands[0].slots),
      capacity_(bands[0].capacity),
      capacity_bits_(static_cast<std::uint32_t>(std::countr_zero(capacity_))),
      wake_(*bands[0].wake),
      backend_(backend),
      places_(std::bit_ceil(std::size_t{capacity_} * wire::kBands), kNoPlace),
      place_mask_(static_cast<std::uint32_t>(places_.size() - 1)) {}

Error WorkQueue::refusal_of(const WorkItem& item) {
  if (item.tenant >= wire::kMaxTenants) {
    return invalid_argument(fmt::format("tenant {} of {}", item.tenant, wire::kMaxTenants),
                            fmt::format("use tenant 0 to {}", wire::kMaxTenants - 1));
  }
  if (!may_publish(item.opcode, item.tenant)) {
    return invalid_argument(
        fmt::format("opcode {:#x} is reserved for tenant {}", item.opcode, item.tenant),
        "use a built-in, or an opcode that load() returned for this tenant");
  }
  return invalid_argument(
      fmt::format("priority {} of {}", static_cast<std::uint32_t>(item.priority), wire::kBands),
      "use one that wire::Priority names");
}

void WorkQueue::write(const WorkItem& item) {
  const auto priority = static_cast<std::uint32_t>(item.priority);
  Band& band = bands_[priority];
  wire::WorkSlot& slot = next_slot(priority);
  slot.opcode = item.opcode;
  // By release: a worker may look at the tenant of a slot that is not its own (see fence_ready).
  wire::store_release(&slot.tenant, item.tenant);
  slot.priority = priority;
  std::memcpy(slot.arguments, item.arguments.data(), sizeof slot.arguments);
  if (item.opcode == static_cast<std::uint32_t>(wire::Opcode::kBatchFence)) describe_past(slot);
  wire::store_release(&slot.status, static_cast<std::uint32_t>(wire::SlotStatus::kPublished));
  places_[next_ & place_mask_] = static_cast<Place>(next_place(priority));
  ++band.tail;
  ++band.in_use;
  ++next_;
}

void WorkQueue::describe_past(wire::WorkSlot& fence) const {
  std::uint32_t used = 0;
  for (std::uint32_t band = 0; band < wire::kBands; ++band) {
    fence.arguments[wire::fence_argument::kTails + band] = bands_[band].tail;
    if (bands_[band].in_use != 0) used |= 1u << band;
  }
  fence.arguments[wire::fence_argument::kBands] = used;
}

void WorkQueue::show_tail(std::uint32_t band) {
  wire::store_release(views_[band].tail, bands_[band].tail);
}

Error WorkQueue::full_error(std::uint32_t band) const {
  return Error{ErrorCode::kQueueFull, 0,
               fmt::format("slot {} of the work queue's band {} is in use",
                           bands_[band].tail & (capacity_ - 1), band),
               "drain and release finished slots, then publish again"};
}

Result<std::uint32_t> WorkQueue::publish(const WorkItem& item) {
  if (!is_valid(item)) return tl::unexpected(refusal_of(item));
  const auto band = static_cast<std::uint32_t>(item.priority);
  if (full(item.priority)) return tl::unexpected(full_error(band));
  const std::uint32_t position = next_;
  write(item);
  show_tail(band);
  backend_.ring_doorbell();
  return position;
}

Result<std::uint32_t> WorkQueue::publish_some(std::span<const WorkItem> items) {
  const std::uint32_t first = next_;
  std::uint32_t touched = 0;
  Status status;
  for (const WorkItem& item : items) {
    if (!is_valid(item)) {
      status = tl::unexpected(refusal_of(item));
      break;
    }
    if (full(item.priority)) break;
    write(item);
    touched |= 1u << static_cast<std::uint32_t>(item.priority);
  }
  for (std::uint32_t band = 0; touched >> band != 0; ++band) {
    if ((touched >> band & 1) != 0) show_tail(band);
  }
  if (touched != 0) backend_.ring_doorbell();
  if (!status) return tl::unexpected(std::move(status.error()));
  return next_ - first;
}

Result<std::uint32_t> WorkQueue::publish_packed(std::uint32_t tenant,
                                                std::span<const PackedOperation> operations,
                                                wire::Priority priority) {
  if (operations.empty()) {
    return tl::unexpected(
        invalid_argument("a packed slot without operations", "pack at least one"));
  }
  WorkItem item;
  item.opcode = static_cast<std::uint32_t>(wire::Opcode::kPackedSlot);
  item.tenant = tenant;
  item.priority = priority;
  item.arguments[wire::kPackedOperations] = static_cast<std::uint32_t>(operations.size());
  std::size_t used = wire::kPackedFirst;
  for (const PackedOperation& operation : operations) {
    const auto opcode = static_cast<std::uint32_t>(operation.opcode);
    if (wire::packable_arguments(opcode) != operation.arguments.size()) {
      return tl::unexpected(invalid_argument(
          fmt::format("opcode {:#x} with {} arguments cannot be packed", opcode,
                      operation.arguments.size()),
          "pack small built-ins, each with the arguments that wire/builtin.hpp lists"));
    }
    if (used + 1 + operation.arguments.size() > wire::kSlotArguments) {
      return tl::unexpected(invalid_argument(fmt::format("{} operations need more than {} words",
                                                         operations.size(), wire::kSlotArguments),
                                             "pack fewer operations into one slot"));
    }
    item.arguments[used++] =
        wire::packed_header(opcode, static_cast<std::uint32_t>(operation.arguments.size()));
    for (const std::uint32_t argument : operation.arguments) item.arguments[used++] = argument;
  }
  return publish(item);
}

std::uint32_t* WorkQueue::cancel_word(std::uint32_t position) const noexcept {
  VYRE_CHECK(place(position) != kNoPlace);
  const Place at = place(position);
  return &views_[at >> capacity_bits_].turns[at & (capacity_ - 1)].cancelled;
}

// The slot's worker reads the word until it is finished, nobody does until the slot is published
// again. So it is written while published, and cleared before EMPTY.
Status WorkQueue::cancel(std::uint32_t position, wire::FaultCode reason) {
  VYRE_CHECK(reason != wire::FaultCode::kNone && status(position) != wire::SlotStatus::kEmpty);
  if (std::find(cancelled_.begin(), cancelled_.end(), position) == cancelled_.end()) {
    cancelled_.push_back(position);
  }
  return write_value(backend_, cancel_word(position), static_cast<u32>(reason));
}

void WorkQueue::forget_cancellation(std::uint32_t position) {
  if (std::erase(cancelled_, position) == 0) return;
  // It fails only where the device is lost, and then nobody looks at the word any more.
  static_cast<void>(write_value(backend_, cancel_word(position), u32{0}));
}

std::uint32_t WorkQueue::release_finished(std::uint32_t position, std::uint32_t most) {
  // The device has written the line: it comes from afar, and is to be written here at once.
  constexpr std::uint32_t kAhead = 16;
  constexpr int kForWriting = 1;
  std::uint32_t released = 0;
  for (; released < most; ++released) {
    const Place here = place(position + released);
    if (here == kNoPlace ||
        !is_final(static_cast<wire::SlotStatus>(wire::load_acquire(&slots_[here].status))))
      break;
    const Place later = place(position + released + kAhead);
    if (later != kNoPlace) __builtin_prefetch(slots_ + later, kForWriting);
    if (!cancelled_.empty()) forget_cancellation(position + released);
    give_back(position + released);
  }
  return released;
}

// No wake-up is lost. The producer: parked = 1 (a read-modify-write), then reads the status. The
// worker (CpuPlatform::completed): stores the status, then does a read-modify-write on `parked`.
// All read-modify-writes of one word are in one order, and the later synchronises with the earlier:
// if the worker's is later it sees 1 and writes the eventfd; if the producer's is later it sees the
// final status and does not sleep.
bool WorkQueue::park(std::uint32_t position) noexcept {
  __atomic_exchange_n(&wake_.parked, 1, __ATOMIC_ACQ_REL);
  if (!finished(position)) return true;
  unpark();
  return false;
}

void WorkQueue::unpark() noexcept { __atomic_exchange_n(&wake_.parked, 0, __ATOMIC_ACQ_REL); }

int WorkQueue::wake_fd() const noexcept { return wake_.event_fd; }

// A worker reads the descriptor only after it saw `parked`, whose write by park() comes later.
Status WorkQueue::wake_through(int event_fd) {
  VYRE_CHECK(!wake_descriptor_);
  wake_descriptor_ = base::OwnedFd(::fcntl(event_fd, F_DUPFD_CLOEXEC, 0));
  if (!wake_descriptor_) {
    return tl::unexpected(syscall_error("dup of a wake descriptor", errno, "raise `ulimit -n`"));
  }
  wake_.event_fd = wake_descriptor_.get();
  return {};
}

}  // namespace vyre::backend
