#include "runtime/work_pump.hpp"

#include <algorithm>

#include "wire/fault.hpp"

namespace vyre::runtime {
namespace {

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

WorkPump::WorkPump(ingest::IngestDriver& driver, backend::WorkQueue& queue, backend::Region& region,
                   const ProgramTarget& target, RingStatistics& statistics)
    : driver_(driver),
      queue_(queue),
      region_(region),
      target_(target),
      statistics_(statistics),
      flights_(driver.slots()) {}

void WorkPump::take_back_finished() {
  for (Flight& flight : flights_) {
    if (!flight.position || !queue_.finished(*flight.position)) continue;
    statistics_.program += std::chrono::steady_clock::now() - flight.published;
    if (queue_.status(*flight.position) == wire::SlotStatus::kFault) {
      const wire::WorkSlot& slot = queue_.slot(*flight.position);
      flight.fault = SlotFault{slot.arguments[wire::kFaultCodeArgument],
                               slot.arguments[wire::kFaultDetailArgument]};
    }
    queue_.release(*flight.position);
    flight.position.reset();
    --at_workers_;
  }
}

Result<bool> WorkPump::publish_filled() {
  if (at_workers_ != 0) take_back_finished();
  bool published = false;
  while (true) {
    if (!pending_) pending_ = driver_.next_filled();
    if (!pending_) return published;
    auto taken = publish(*pending_);
    if (!taken) return tl::unexpected(std::move(taken.error()));
    if (!*taken) return published;
    pending_.reset();
    published = true;
  }
}

Result<bool> WorkPump::publish(ingest::FilledSlot& slot) {
  const std::uint32_t index = slot.index();
  const ingest::SlotChunk& chunk = driver_.chunk(slot);
  Flight& flight = flights_[index];
  if (chunk.length != 0) {
    if (queue_.full()) return false;
    const backend::WorkItem item = work_item(index, chunk);
    flight.published = std::chrono::steady_clock::now();
    auto position = queue_.publish(item);
    if (!position) return tl::unexpected(std::move(position.error()));
    flight.position = *position;
    ++at_workers_;
  }
  flight.executed = flight.position.has_value();
  flight.fault.reset();
  flight.ticket = driver_.publish(std::move(slot));
  return true;
}

backend::WorkItem WorkPump::work_item(std::uint32_t slot, const ingest::SlotChunk& chunk) const {
  namespace argument = wire::chunk_argument;
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
  item.arguments[argument::kOutcome] = slot;
  item.arguments[argument::kRegion] = region_.id();
  return item;
}

std::optional<FinishedSlot> WorkPump::take_finished() {
  if (at_workers_ != 0) take_back_finished();
  const std::optional<std::uint32_t> front = driver_.front();
  if (!front) return std::nullopt;
  Flight& flight = flights_[*front];
  if (!flight.ticket || flight.position) return std::nullopt;
  FinishedSlot finished{driver_.drain(std::move(*flight.ticket)), flight.executed, flight.fault};
  flight.ticket.reset();
  return finished;
}

std::optional<std::uint32_t> WorkPump::awaited() const {
  const std::optional<std::uint32_t> front = driver_.front();
  if (front && flights_[*front].position) return flights_[*front].position;
  if (!pending_) return std::nullopt;
  const auto busy = std::find_if(flights_.begin(), flights_.end(),
                                 [](const Flight& flight) { return flight.position.has_value(); });
  return busy == flights_.end() ? std::nullopt : busy->position;
}

}  // namespace vyre::runtime
