#include "runtime/replay/replay_machine.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "base/check.hpp"
#include "runtime/backend_choice.hpp"
#include "runtime/replay/outcome_record.hpp"
#include "wire/control.hpp"
#include "wire/fault.hpp"
#include "wire/outcome.hpp"

namespace vyre::runtime::replay {
namespace {

// Enough for every worker of a device, in memory that a process may usually lock.
constexpr u32 kMostLanes = 64;
constexpr u64 kLaneMemory = u64{128} << 20;
// Only a guard: workers wake who waits.
constexpr std::chrono::nanoseconds kLongestSleep = std::chrono::milliseconds(500);

u32 lanes_for(u64 bytes_each) {
  return static_cast<u32>(
      std::clamp<u64>(kLaneMemory / std::max<u64>(bytes_each, 1), 1, kMostLanes));
}

u32 low(u64 value) { return static_cast<u32>(value); }
u32 high(u64 value) { return static_cast<u32>(value >> 32); }

void sleep_on(int event, std::chrono::nanoseconds interval) {
  const timespec timeout{.tv_sec = interval.count() / 1'000'000'000,
                         .tv_nsec = interval.count() % 1'000'000'000};
  pollfd wake{.fd = event, .events = POLLIN, .revents = 0};
  if (::ppoll(&wake, 1, &timeout, nullptr) <= 0) return;
  u64 count = 0;
  [[maybe_unused]] const ssize_t cleared = ::read(event, &count, sizeof count);
}

}  // namespace

Result<std::unique_ptr<ReplayMachine>> ReplayMachine::create(const BackendChoice& choice,
                                                             unsigned cpu_workers, u32 slot_bytes,
                                                             u32 window_words,
                                                             LoadAnswers& answers) {
  auto chosen = choose_backend(choice, cpu_workers);
  if (!chosen) return tl::unexpected(std::move(chosen.error()));
  std::unique_ptr<ReplayMachine> made(new ReplayMachine(std::move(chosen->description), answers));
  made->slot_bytes_ = slot_bytes;
  made->most_lanes_ = lanes_for(slot_bytes);
  auto megakernel = backend::Megakernel::create(
      std::move(chosen->machine), {.queues = 1,
                                   .queue_capacity = std::bit_ceil(std::max(2u, made->most_lanes_)),
                                   .window_words = window_words,
                                   .tenants = wire::kMaxTenants});
  if (!megakernel) return tl::unexpected(std::move(megakernel.error()));
  made->megakernel_ = std::move(*megakernel);
  auto buffer = made->megakernel_->map_buffer(std::size_t{made->most_lanes_} * slot_bytes);
  if (!buffer) return tl::unexpected(std::move(buffer.error()));
  made->buffer_.emplace(std::move(*buffer));
  backend::IoQueue& loads = made->megakernel_->io_queue();
  // Whichever of the two a worker has something for, it wakes the same thread.
  if (Status status = loads.wake_through(made->megakernel_->queue(0).wake_fd()); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  loads.begin_service();
  if (Status status = made->megakernel_->launch(); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return made;
}

// The workers go first: a run may be under way after a difference.
ReplayMachine::~ReplayMachine() {
  if (!megakernel_) return;
  static_cast<void>(megakernel_->quiesce());
  if (megakernel_->io_queue().served()) megakernel_->io_queue().end_service();
}

Status ReplayMachine::make_room(u32 records, u64 output_bytes, u32 inbox_bytes) {
  const u64 outcome = sizeof(wire::OutcomeHeader) + u64{records} * sizeof(wire::Record);
  region_ = {};
  lanes_ = std::min(most_lanes_, lanes_for(outcome + output_bytes + inbox_bytes));
  auto region =
      megakernel_->add_region(buffer_->bytes().first(std::size_t{most_lanes_} * slot_bytes_),
                              lanes_, records, output_bytes, inbox_bytes);
  if (!region) return tl::unexpected(std::move(region.error()));
  region_ = std::move(*region);
  positions_.assign(lanes_, std::nullopt);
  return {};
}

std::span<std::byte> ReplayMachine::bytes(u32 lane, u32 length) const {
  VYRE_CHECK(lane < lanes_ && length <= slot_bytes_);
  return buffer_->bytes().subspan(std::size_t{lane} * slot_bytes_, length);
}

Status ReplayMachine::publish(u32 lane, backend::WorkItem item, std::span<const u64> carry) {
  namespace argument = wire::chunk_argument;
  const u64 data = u64{lane} * slot_bytes_;
  item.arguments[argument::kDataOffsetLow] = low(data);
  item.arguments[argument::kDataOffsetHigh] = high(data);
  item.arguments[argument::kOutcome] = lane;
  item.arguments[argument::kRegion] = region_.id();
  std::copy(carry.begin(), carry.end(), region_.carry(lane).begin());
  const auto position = megakernel_->queue(0).publish(item);
  if (!position) return tl::unexpected(position.error());
  positions_[lane] = *position;
  return {};
}

Status ReplayMachine::wait(u32 position) {
  while (!megakernel_->queue(0).finished(position)) {
    if (answer_loads()) continue;
    if (auto fault = megakernel_->fault()) return tl::unexpected(std::move(*fault));
    sleep_until(position);
  }
  return {};
}

void ReplayMachine::sleep_until(u32 position) {
  backend::WorkQueue& queue = megakernel_->queue(0);
  if (!queue.park(position)) return;
  backend::IoQueue& loads = megakernel_->io_queue();
  if (loads.park()) {
    const auto interval = megakernel_->backend().poll_interval();
    sleep_on(queue.wake_fd(), interval.count() != 0 ? interval : kLongestSleep);
    loads.unpark();
  }
  queue.unpark();
}

bool ReplayMachine::answer_loads() {
  backend::IoQueue& loads = megakernel_->io_queue();
  bool any = false;
  while (const auto request = loads.claim()) {
    any = true;
    loads.complete(request->slot, answer(*request));
  }
  return any;
}

u32 ReplayMachine::answer(const backend::LoadRequest& request) {
  const auto inbox = megakernel_->pin_inbox(request.region, request.outcome, request.bytes);
  if (!inbox) return static_cast<u32>(wire::IoStatus::kCancelled);
  const u32 status = answers_.answer(request.outcome, request, *inbox);
  megakernel_->unpin_inbox(request.region);
  return status;
}

Result<OutcomeRecord> ReplayMachine::finish(u32 lane, u32 carry_words) {
  VYRE_CHECK(busy(lane));
  const u32 position = *positions_[lane];
  if (Status status = wait(position); !status) return tl::unexpected(std::move(status.error()));
  backend::WorkQueue& queue = megakernel_->queue(0);
  std::optional<SlotFault> fault;
  if (queue.status(position) == wire::SlotStatus::kFault) {
    const wire::WorkSlot& slot = queue.slot(position);
    fault = SlotFault{slot.arguments[wire::kFaultCodeArgument],
                      slot.arguments[wire::kFaultDetailArgument]};
  }
  OutcomeRecord outcome = outcome_record(region_, lane, carry_words, fault ? &*fault : nullptr);
  queue.release(position);
  positions_[lane].reset();
  return outcome;
}

Result<std::vector<u32>> ReplayMachine::read_window(u32 tenant, std::size_t words) const {
  std::vector<u32> window(words);
  Status status = megakernel_->read_window(tenant, 0, window);
  if (!status) return tl::unexpected(std::move(status.error()));
  return window;
}

}  // namespace vyre::runtime::replay
