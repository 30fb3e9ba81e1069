#include "runtime/work_pump.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/fault_text.hpp"
#include "wire/fault.hpp"

namespace vyre::runtime {
namespace {

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

// The device's writes to a peer and its word to the host that it is done take different ways over
// PCIe. A read of the peer follows the writes on theirs, so it ends when they have arrived.
void settle(std::span<const std::byte> peer_memory) {
  if (peer_memory.empty()) return;
  static_cast<void>(*const_cast<const volatile std::byte*>(&peer_memory.back()));
}

}  // namespace

WorkPump::WorkPump(ingest::IngestDriver& driver, backend::WorkQueue& queue, backend::Region& region,
                   const ProgramTarget& target, RingStatistics& statistics, SlotObserver* observer)
    : driver_(driver),
      queue_(queue),
      region_(region),
      target_(target),
      statistics_(statistics),
      observer_(observer),
      order_(target.order, driver.slots()),
      flights_(driver.slots()),
      next_spare_(driver.slots()) {
  waiting_.reserve(driver.slots());
  for (std::uint32_t slot = 0; slot < flights_.size(); ++slot) flights_[slot].outcome = slot;
}

void WorkPump::take_back_finished() {
  std::optional<Clock::time_point> now;
  for (std::uint32_t slot = 0; slot < flights_.size(); ++slot) {
    const auto& position = flights_[slot].position;
    if (!position || !queue_.finished(*position)) continue;
    if (!now) now = target_.now();
    take_back(slot, *now);
  }
}

void WorkPump::take_back(std::uint32_t slot, Clock::time_point now) {
  Flight& flight = flights_[slot];
  const Clock::duration took = now - flight.published;
  statistics_.program += took;
  usual_time_ += (took - usual_time_) / 8;
  flight.fault.reset();
  if (queue_.status(*flight.position) == wire::SlotStatus::kFault) {
    const wire::WorkSlot& item = queue_.slot(*flight.position);
    flight.fault = SlotFault{item.arguments[wire::kFaultCodeArgument],
                             item.arguments[wire::kFaultDetailArgument]};
  }
  const bool lost =
      flight.fault && flight.fault->code == static_cast<u32>(wire::FaultCode::kWorkerLost);
  flight.again = lost && runs_again(flight);
  if (flight.again) {
    again_.push_back(slot);
  } else {
    end(slot);
  }
  queue_.release(*flight.position);
  flight.position.reset();
  --at_workers_;
}

void WorkPump::end(std::uint32_t slot) {
  Flight& flight = flights_[slot];
  if (target_.order != TileOrder::kAny) {
    order_.finish(flight.chunk, region_.carry(flight.outcome), flight.fault.has_value());
  }
  if (observer_ == nullptr) return;
  observer_->ended(slot, flight.outcome, flight.fault ? &*flight.fault : nullptr);
}

bool WorkPump::runs_again(Flight& flight) {
  ++statistics_.lost_chunks;
  if (!target_.repeatable) {
    state_ = tl::unexpected(lost_state_error(flight.chunk));
    return false;
  }
  // Also where it is not run again: the slot's next user needs one too.
  if (!replace_outcome(flight)) return false;
  if (flight.cancelled != wire::FaultCode::kNone) {
    flight.fault = SlotFault{static_cast<u32>(flight.cancelled), 0};
    return false;
  }
  if (++flight.lost_workers > 1) return false;
  ++statistics_.repeated_chunks;
  return true;
}

bool WorkPump::replace_outcome(Flight& flight) {
  if (next_spare_ < region_.outcome_count()) {
    flight.outcome = next_spare_++;
    return true;
  }
  state_ = tl::unexpected(
      Error{ErrorCode::kDeviceFault, static_cast<int>(wire::FaultCode::kWorkerLost),
            fmt::format("{} workers of one ring were lost, more than there is memory for",
                        statistics_.lost_chunks),
            "report the program and the files"});
  return false;
}

// They were taken before all that waits, so that those may wait for them.
Status WorkPump::publish_again() {
  while (!again_.empty() && !queue_.full()) {
    const std::uint32_t slot = again_.front();
    if (Status status = start(slot); !status) return status;
    flights_[slot].again = false;
    again_.erase(again_.begin());
  }
  return {};
}

Result<bool> WorkPump::publish_filled() {
  if (at_workers_ != 0) take_back_finished();
  if (!state_) return tl::unexpected(state_.error());
  if (!again_.empty()) {
    if (Status status = publish_again(); !status) return tl::unexpected(std::move(status.error()));
  }
  while (auto filled = driver_.next_filled()) {
    const std::uint32_t slot = filled->index();
    flights_[slot].chunk = driver_.chunk(*filled);
    flights_[slot].filled = std::move(*filled);
    waiting_.push_back(slot);
  }
  bool any = false;
  for (std::size_t i = 0; i < waiting_.size();) {
    const auto step = try_publish(waiting_[i]);
    if (!step) return tl::unexpected(step.error());
    if (*step == Step::kQueueFull) break;
    if (*step == Step::kWaits) {
      ++i;
      continue;
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    any = true;
    // What left may be what one that was filled before it waits for.
    if (target_.order != TileOrder::kAny) i = 0;
  }
  return any;
}

Result<WorkPump::Step> WorkPump::try_publish(std::uint32_t slot) {
  Flight& flight = flights_[slot];
  const bool runs = driver_.runs(*flight.filled) && !order_.spoilt(flight.chunk);
  if (runs) {
    if (!order_.may_start(slot, flight.chunk, at_workers_)) return Step::kWaits;
    if (queue_.full()) return Step::kQueueFull;
    flight.lost_workers = 0;
    if (Status status = start(slot); !status) return tl::unexpected(status.error());
  } else if (!order_.may_pass(slot)) {
    return Step::kWaits;
  }
  order_.leave(slot);
  flight.executed = runs;
  flight.fault.reset();
  flight.ticket = driver_.publish(std::move(*flight.filled));
  flight.filled.reset();
  return Step::kGone;
}

// A driver that keeps times has looked at the clock just before: near enough to tell, not to end a
// slot by.
WorkPump::Clock::time_point WorkPump::publication_time() const {
  const std::chrono::nanoseconds known(driver_.last_time());
  return known.count() != 0 && target_.deadline.count() == 0 ? Clock::time_point(known)
                                                             : target_.now();
}

Status WorkPump::start(std::uint32_t slot) {
  Flight& flight = flights_[slot];
  FileOrder::Carry carry{};
  if (target_.order != TileOrder::kAny) {
    carry = order_.carry_in(flight.chunk);
    std::copy(carry.begin(), carry.end(), region_.carry(flight.outcome).begin());
  }
  if (target_.peer_slots && flight.filled) settle(driver_.bytes(*flight.filled));
  const backend::WorkItem item = work_item(slot);
  region_.clear_times(flight.outcome);
  if (observer_ != nullptr) observer_->begins(slot, flight.outcome, !flight.filled);
  flight.published = publication_time();
  auto position = queue_.publish(item);
  if (!position) return tl::unexpected(std::move(position.error()));
  flight.position = *position;
  flight.cancelled = wire::FaultCode::kNone;
  ++at_workers_;
  // Of what is published again nothing has changed.
  if (observer_ != nullptr && flight.filled) tell_published(slot, item, carry);
  return {};
}

// The workers may have the slot, but nobody writes its bytes before it is recycled.
void WorkPump::tell_published(std::uint32_t slot, const backend::WorkItem& item,
                              const FileOrder::Carry& carry) {
  const Flight& flight = flights_[slot];
  observer_->published({.slot = slot,
                        .item = item,
                        .chunk = flight.chunk,
                        .bytes = driver_.bytes(*flight.filled),
                        .carry_in = carry,
                        .streamed = driver_.streamed_file(*flight.filled),
                        .whole_files = driver_.whole_files(*flight.filled)});
}

backend::WorkItem WorkPump::work_item(std::uint32_t slot) const {
  namespace argument = wire::chunk_argument;
  const ingest::SlotChunk& chunk = flights_[slot].chunk;
  const std::uint64_t data = std::uint64_t{slot} * driver_.slot_bytes();
  backend::WorkItem item{.opcode = target_.opcode,
                         .tenant = target_.tenant,
                         .priority = target_.priority,
                         .arguments = {}};
  item.arguments[argument::kDataOffsetLow] = low(data);
  item.arguments[argument::kDataOffsetHigh] = high(data);
  item.arguments[argument::kLength] = chunk.length;
  item.arguments[argument::kOwnBegin] = chunk.own_begin;
  item.arguments[argument::kOwnEnd] = chunk.own_end;
  item.arguments[argument::kFileOffsetLow] = low(chunk.file_offset);
  item.arguments[argument::kFileOffsetHigh] = high(chunk.file_offset);
  item.arguments[argument::kOutcome] = flights_[slot].outcome;
  item.arguments[argument::kRegion] = region_.id();
  return item;
}

std::optional<FinishedSlot> WorkPump::take_finished() {
  if (at_workers_ != 0) take_back_finished();
  const std::optional<std::uint32_t> front = driver_.front();
  if (!front) return std::nullopt;
  Flight& flight = flights_[*front];
  if (!flight.ticket || flight.position || flight.again) return std::nullopt;
  FinishedSlot finished{driver_.drain(std::move(*flight.ticket)), flight.executed, flight.fault,
                        flight.outcome, flight.published};
  flight.ticket.reset();
  const auto extents = driver_.extents(finished.slot);
  if (flight.chunk.stream != 0 && !extents.empty() && extents.back().last) {
    order_.forget(flight.chunk.stream);
  }
  return finished;
}

// Where the device is lost there is nobody to be told, and the loop learns of that by itself.
void WorkPump::cancel(Flight& flight, wire::FaultCode reason) {
  flight.cancelled = reason;
  static_cast<void>(queue_.cancel(*flight.position, reason));
}

std::chrono::steady_clock::time_point WorkPump::cancel_overdue() {
  auto next = std::chrono::steady_clock::time_point::max();
  if (at_workers_ == 0) return next;
  const auto now = target_.now();
  for (Flight& flight : flights_) {
    if (!flight.position || flight.cancelled != wire::FaultCode::kNone) continue;
    const auto due = flight.published + target_.deadline;
    if (due > now) {
      next = std::min(next, due);
    } else {
      cancel(flight, wire::FaultCode::kDeadlineExceeded);
    }
  }
  return next;
}

void WorkPump::cancel_all() {
  for (Flight& flight : flights_) {
    if (flight.position) cancel(flight, wire::FaultCode::kCancelled);
  }
  for (const std::uint32_t slot : again_) {
    flights_[slot].again = false;
    flights_[slot].fault = SlotFault{static_cast<u32>(wire::FaultCode::kCancelled), 0};
    end(slot);
  }
  again_.clear();
}

std::optional<std::uint32_t> WorkPump::awaited() const {
  const std::optional<std::uint32_t> front = driver_.front();
  if (front && flights_[*front].position) return flights_[*front].position;
  if (waiting_.empty() && again_.empty()) return std::nullopt;
  const auto busy = std::find_if(flights_.begin(), flights_.end(),
                                 [](const Flight& flight) { return flight.position.has_value(); });
  return busy == flights_.end() ? std::nullopt : busy->position;
}

bool WorkPump::any_finished() const {
  return std::any_of(flights_.begin(), flights_.end(), [this](const Flight& flight) {
    return flight.position && queue_.finished(*flight.position);
  });
}

}  // namespace vyre::runtime
