#include "runtime/io_loop.hpp"

#include <algorithm>
#include <cerrno>

namespace vyre::runtime {
namespace {

using wire::IoStatus;

constexpr std::uint32_t status_of(IoStatus status) { return static_cast<std::uint32_t>(status); }

/// Only a guard: completions end the wait.
constexpr std::chrono::milliseconds kFinishWait{100};

/// Errors that say nothing about the bytes.
bool is_passing(int error) { return error == EINTR || error == EAGAIN; }

}  // namespace

Result<bool> IoLoop::step() {
  if (Status status = follow_cancellation(); !status) return tl::unexpected(status.error());
  auto moved = reap();
  if (!moved) return moved;
  const bool claimed = claim_requests();
  queue_ready();
  if (Status status = ring_.submit(); !status) return tl::unexpected(status.error());
  return *moved || claimed;
}

// What comes to be under way later is seen by take(): it is not read on.
Status IoLoop::follow_cancellation() {
  const bool wanted = finishing_ || cancelled_.load(std::memory_order_relaxed);
  if (!wanted) {
    told_ = false;
    return {};
  }
  for (std::uint32_t slot = 0; slot < flights_.size(); ++slot) {
    if (flights_[slot].stage == Stage::kReady) end(slot, status_of(IoStatus::kCancelled));
  }
  if (told_ || under_way_ == 0) return {};
  told_ = true;
  return ring_.cancel_all();
}

bool IoLoop::claim_requests() {
  bool any = false;
  while (Flight* const flight = claim()) {
    any = true;
    begin(*flight);
  }
  return any;
}

IoLoop::Flight* IoLoop::claim() {
  const auto request = queue_.claim();
  if (!request) return nullptr;
  counters_.loads.fetch_add(1, std::memory_order_relaxed);
  Flight& flight = flights_[request->slot];
  flight = {.request = *request};
  return &flight;
}

void IoLoop::begin(Flight& flight) {
  const backend::LoadRequest& request = flight.request;
  const auto refuse = [&](IoStatus status) { end(request.slot, status_of(status)); };
  if (finishing_ || cancelled_.load(std::memory_order_relaxed)) return refuse(IoStatus::kCancelled);
  if (request.operation != static_cast<std::uint32_t>(wire::IoOperation::kRead)) {
    return end(request.slot, wire::failed_io(EOPNOTSUPP));
  }
  const auto resource = resources_.find(request.tenant, request.resource);
  if (!resource) return refuse(IoStatus::kUnknownResource);
  if (request.offset > resource->bytes || request.bytes > resource->bytes - request.offset) {
    return refuse(IoStatus::kOutOfRange);
  }
  if (request.bytes == 0) return refuse(IoStatus::kOk);
  const auto inbox = megakernel_.pin_inbox(request.region, request.outcome, request.bytes);
  // Its region goes; nobody will look at the status.
  if (!inbox) return refuse(IoStatus::kCancelled);
  flight.stage = Stage::kReady;
  flight.descriptor = resource->descriptor;
  flight.inbox = *inbox;
  flight.rest = *inbox;
}

void IoLoop::queue_ready() {
  for (std::uint32_t slot = 0; slot < flights_.size() && ring_.space() != 0; ++slot) {
    Flight& flight = flights_[slot];
    if (flight.stage != Stage::kReady) continue;
    ring_.queue({.operation = uring::Operation::kRead,
                 .file = flight.descriptor,
                 .offset = flight.request.offset + flight.inbox.size() - flight.rest.size(),
                 .address = flight.rest.data(),
                 .length = static_cast<std::uint32_t>(flight.rest.size()),
                 .user_data = slot});
    flight.stage = Stage::kUnderWay;
    ++under_way_;
  }
}

Result<bool> IoLoop::reap() {
  std::array<uring::Completion, wire::kIoSlots> completions;
  const auto count = ring_.reap(completions);
  if (!count) return tl::unexpected(count.error());
  for (std::size_t i = 0; i < *count; ++i) {
    take(static_cast<std::uint32_t>(completions[i].user_data), completions[i].result);
  }
  return *count != 0;
}

void IoLoop::take(std::uint32_t slot, std::int32_t result) {
  Flight& flight = flights_[slot];
  --under_way_;
  flight.stage = Stage::kReady;
  const bool stops = finishing_ || cancelled_.load(std::memory_order_relaxed);
  if (result > 0) {
    flight.rest = flight.rest.subspan(static_cast<std::size_t>(result));
    if (flight.rest.empty()) return end(slot, status_of(IoStatus::kOk));
  } else if (result == 0) {
    // The file has become shorter than it was when it was registered.
    return end(slot, status_of(IoStatus::kOutOfRange));
  } else if (!is_passing(-result) && result != -ECANCELED) {
    return end(slot, wire::failed_io(static_cast<std::uint32_t>(-result)));
  }
  if (stops || result == -ECANCELED) end(slot, status_of(IoStatus::kCancelled));
}

void IoLoop::end(std::uint32_t slot, std::uint32_t status) {
  Flight& flight = flights_[slot];
  const bool ok = status == status_of(IoStatus::kOk);
  if (observer_ != nullptr) {
    observer_->answered(flight.request, status, ok ? flight.inbox : std::span<std::byte>());
  }
  // First: from the completion on, the inbox is its slot's.
  if (flight.stage != Stage::kIdle) megakernel_.unpin_inbox(flight.request.region);
  flight.stage = Stage::kIdle;
  if (ok) {
    counters_.bytes.fetch_add(flight.request.bytes, std::memory_order_relaxed);
  } else {
    counters_.failed.fetch_add(1, std::memory_order_relaxed);
  }
  queue_.complete(slot, status);
}

Status IoLoop::wait(std::chrono::nanoseconds longest) {
  if (!queue_.park()) return {};
  Status status = ring_.wait(longest);
  queue_.unpark();
  return status;
}

Status IoLoop::finish() {
  finishing_ = true;
  told_ = false;
  while (true) {
    if (Status status = follow_cancellation(); !status) return status;
    if (under_way_ == 0) return {};
    if (Status status = ring_.wait(kFinishWait); !status) return status;
    if (const auto moved = reap(); !moved) return tl::unexpected(moved.error());
  }
}

void IoLoop::give_up(std::uint32_t status) {
  for (std::uint32_t slot = 0; slot < flights_.size(); ++slot) {
    if (flights_[slot].stage != Stage::kIdle) end(slot, status);
  }
  under_way_ = 0;
  while (const Flight* const flight = claim()) end(flight->request.slot, status);
}

}  // namespace vyre::runtime
