#include "backend/work_queue.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

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
    case wire::Opcode::kPackedSlot:
    case wire::Opcode::kShutdown:
      return true;
    default:
      return wire::packable_arguments(opcode) != wire::kNotPackable ||
             is_user_opcode_of(opcode, tenant);
  }
}

}  // namespace

WorkQueue::WorkQueue(const kernel::QueueView& view, Backend& backend)
    : view_(view), wake_(*view.wake), backend_(backend) {}

Status WorkQueue::check(const WorkItem& item) {
  if (item.tenant >= wire::kMaxTenants) {
    return tl::unexpected(
        invalid_argument(fmt::format("tenant {} of {}", item.tenant, wire::kMaxTenants),
                         fmt::format("use tenant 0 to {}", wire::kMaxTenants - 1)));
  }
  if (!may_publish(item.opcode, item.tenant)) {
    return tl::unexpected(invalid_argument(
        fmt::format("opcode {:#x} is reserved for tenant {}", item.opcode, item.tenant),
        "use a built-in, or an opcode that load() returned for this tenant"));
  }
  return {};
}

void WorkQueue::write(const WorkItem& item) {
  wire::WorkSlot& slot = at(tail_);
  slot.opcode = item.opcode;
  // By release: a worker may look at the tenant of a slot that is not its own (see fence_ready).
  wire::store_release(&slot.tenant, item.tenant);
  slot.priority = static_cast<std::uint32_t>(item.priority);
  std::memcpy(slot.arguments, item.arguments.data(), sizeof slot.arguments);
  wire::store_release(&slot.status, static_cast<std::uint32_t>(wire::SlotStatus::kPublished));
  ++tail_;
}

void WorkQueue::show_tail() {
  wire::store_release(&view_.header->tail, tail_);
  backend_.ring_doorbell();
}

Result<std::uint32_t> WorkQueue::publish(const WorkItem& item) {
  if (Status status = check(item); !status) return tl::unexpected(std::move(status.error()));
  if (full()) {
    return tl::unexpected(
        Error{ErrorCode::kQueueFull, 0,
              fmt::format("slot {} of the work queue is in use", tail_ & (view_.capacity - 1)),
              "drain and release finished slots, then publish again"});
  }
  const std::uint32_t position = tail_;
  write(item);
  show_tail();
  return position;
}

Result<std::uint32_t> WorkQueue::publish_some(std::span<const WorkItem> items) {
  const std::uint32_t first = tail_;
  Status status;
  for (const WorkItem& item : items) {
    status = check(item);
    if (!status || full()) break;
    write(item);
  }
  if (tail_ != first) show_tail();
  if (!status) return tl::unexpected(std::move(status.error()));
  return tail_ - first;
}

Result<std::uint32_t> WorkQueue::publish_packed(std::uint32_t tenant,
                                                std::span<const PackedOperation> operations) {
  if (operations.empty()) {
    return tl::unexpected(
        invalid_argument("a packed slot without operations", "pack at least one"));
  }
  WorkItem item;
  item.opcode = static_cast<std::uint32_t>(wire::Opcode::kPackedSlot);
  item.tenant = tenant;
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

std::uint32_t WorkQueue::release_finished(std::uint32_t position, std::uint32_t most) {
  // The device has written the line: it comes from afar, and is to be written here at once.
  constexpr std::uint32_t kAhead = 16;
  constexpr int kForWriting = 1;
  std::uint32_t released = 0;
  for (; released < most && finished(position + released); ++released) {
    __builtin_prefetch(&at(position + released + kAhead), kForWriting);
    wire::store_release(&at(position + released).status,
                        static_cast<std::uint32_t>(wire::SlotStatus::kEmpty));
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
