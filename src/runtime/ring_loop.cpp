#include "runtime/ring_loop.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"
#include "runtime/fault_text.hpp"

namespace vyre::runtime {
namespace {

using namespace std::chrono_literals;

// Enough to fill a slot with small files in one call of the feed.
constexpr std::size_t kFeedBatch = 64;
// Only a guard: reads, workers and cancel() all wake the ring.
constexpr std::chrono::nanoseconds kLongestSleep = 500ms;
// Where workers wake nobody: between two looks at them, in intervals of the backend. Each look
// costs some microseconds of the ring's thread.
constexpr int kLongestInterval = 8;

}  // namespace

RingLoop::RingLoop(const RingParts& parts, const StreamJob& job, RingStatistics& statistics)
    : parts_(parts),
      job_(job),
      statistics_(statistics),
      pump_(parts.driver, parts.queue, parts.region, job.target, statistics, parts.observer),
      delivery_(*job.consumer, job.placement, statistics) {}

Status RingLoop::run() {
  Status status = run_to_end();
  if (!status) {
    job_.cancelled->store(true, std::memory_order_relaxed);
    abandon();
  }
  return status;
}

// Each look at the clock ends one part of a round and begins the next: looks are dear where slots
// are small.
void RingLoop::end_part(std::chrono::nanoseconds& sum) {
  const Clock::time_point before = std::exchange(now_, Clock::now());
  sum += now_ - before;
}

Status RingLoop::run_to_end() {
  now_ = Clock::now();
  while (!parts_.driver.finished()) {
    if (job_.cancelled->load(std::memory_order_relaxed)) {
      return tl::unexpected(Error{ErrorCode::kCancelled, 0, "the stream was cancelled", {}});
    }
    if (job_.target.deadline.count() != 0) due_ = pump_.cancel_overdue();
    auto moved = step();
    if (!moved) return tl::unexpected(std::move(moved.error()));
    if (*moved) continue;
    if (auto status = wait(); !status) return status;
    if (auto status = check_backend(); !status) return status;
  }
  return {};
}

Result<bool> RingLoop::step() {
  bool moved = feed_driver();
  auto read = move_reads();
  if (!read) return read;
  if (parts_.observer != nullptr) {
    if (Status status = parts_.observer->status(); !status) {
      return tl::unexpected(std::move(status.error()));
    }
  }
  moved |= *read;
  // One slot a round: its room is read into again before the next one is confirmed.
  moved |= deliver_one();
  return moved;
}

bool RingLoop::feed_driver() {
  if (feed_done_ || !parts_.driver.wants_files()) return false;
  while (!feed_done_ && parts_.driver.wants_files()) {
    batch_.clear();
    feed_done_ = !job_.feed->next(batch_, kFeedBatch);
    for (FileSource& file : batch_) add_source(std::move(file));
  }
  if (feed_done_) parts_.driver.finish_feed();
  end_part(statistics_.feed);
  return true;
}

void RingLoop::add_source(FileSource source) {
  Status arrives;
  if (parts_.canary != nullptr) arrives = parts_.canary->try_source(source);
  if (arrives) {
    parts_.driver.add(std::move(source));
  } else {
    delivery_.refuse(std::move(source), std::move(arrives.error()));
  }
}

Result<bool> RingLoop::move_reads() {
  if (auto status = parts_.driver.submit(base::nanoseconds_of(now_)); !status) {
    return tl::unexpected(status.error());
  }
  auto ended = parts_.driver.poll();
  if (!ended) return tl::unexpected(std::move(ended.error()));
  auto published = pump_.publish_filled();
  if (!published) return published;
  end_part(statistics_.ingest);
  return *ended != 0 || *published;
}

bool RingLoop::deliver_one() {
  std::optional<FinishedSlot> finished = pump_.take_finished();
  if (!finished) return false;
  const Clock::time_point delivered = now_;
  const SlotOutcome outcome = outcome_of(*finished);
  delivery_.deliver(parts_.driver.bytes(finished->slot), parts_.driver.extents(finished->slot),
                    outcome);
  end_part(statistics_.consumer);
  if (parts_.hops != nullptr) record(*finished, delivered);
  pump_.recycle(std::move(*finished));
  return true;
}

void RingLoop::record(const FinishedSlot& finished, Clock::time_point delivered) {
  const ingest::DrainedSlot& slot = finished.slot;
  const ingest::ReadTimes& reads = parts_.driver.read_times(slot);
  SlotVisit visit{.slot = slot.index(), .times = {reads.taken, reads.submitted, reads.filled}};
  if (parts_.hops->traces()) {
    visit.bytes = parts_.driver.chunk(slot).length;
    visit.extents = parts_.driver.extents(slot);
  }
  if (finished.executed) {
    const wire::OutcomeHeader& outcome = parts_.region.outcome(finished.outcome);
    visit.opcode = job_.target.opcode;
    visit.fault = finished.fault ? finished.fault->code : 0;
    visit.times.published = base::nanoseconds_of(finished.published);
    visit.times.begun = outcome.begun;
    visit.times.ended = outcome.ended;
  }
  visit.times.delivered = base::nanoseconds_of(delivered);
  visit.times.consumed = base::nanoseconds_of(now_);
  parts_.hops->record(visit, parts_.megakernel.backend().clock_offset());
}

SlotOutcome RingLoop::outcome_of(const FinishedSlot& finished) {
  if (!finished.executed) return {};
  const std::uint32_t index = finished.outcome;
  ++statistics_.chunks;
  if (finished.fault) {
    ++statistics_.faulted_chunks;
    const auto code = static_cast<wire::FaultCode>(finished.fault->code);
    if (code == wire::FaultCode::kDeadlineExceeded) ++statistics_.overdue_chunks;
    if (code == wire::FaultCode::kWorkerLost) ++statistics_.given_up_chunks;
    fault_ = fault_of(finished);
    SlotOutcome outcome;
    outcome.executed = true;
    outcome.fault = &*fault_;
    return outcome;
  }
  const wire::OutcomeHeader& header = parts_.region.outcome(index);
  statistics_.tiles += header.tiles;
  statistics_.records += header.record_count;
  statistics_.fuel += header.fuel;
  statistics_.output_bytes += header.output_bytes;
  const bool overflow = parts_.region.overflowed(index);
  if (overflow) ++statistics_.overflowed_chunks;
  // Room is made for all that the program's tiles can copy.
  VYRE_CHECK(!parts_.region.output_overflowed(index));
  return {.executed = true,
          .records = parts_.region.records(index),
          .overflow = overflow,
          .record_count = header.record_count,
          .results = parts_.region.results(index),
          .output = parts_.region.output(index)};
}

RunFault RingLoop::fault_of(const FinishedSlot& finished) const {
  const auto code = static_cast<wire::FaultCode>(finished.fault->code);
  const ingest::SlotChunk& chunk = parts_.driver.chunk(finished.slot);
  if (code == wire::FaultCode::kDeadlineExceeded) {
    return {.error = overdue_error(chunk, job_.target.deadline), .program = {}};
  }
  if (code == wire::FaultCode::kWorkerLost) return {.error = given_up_error(chunk), .program = {}};
  if (!is_program_fault(code)) {
    return {.error = slot_fault_error(code, finished.fault->detail), .program = {}};
  }
  const wire::OutcomeHeader& header = parts_.region.outcome(finished.outcome);
  const ProgramFault fault{
      .code = finished.fault->code,
      .name = fault_name(code),
      .instruction = header.fault_instruction,
      .tile_offset = chunk.file_offset + chunk.own_begin + u64{header.fault_tile} * kTileBytes};
  return {.error = program_fault_error(fault), .program = fault};
}

Status RingLoop::wait() {
  Status status = sleep();
  end_part(statistics_.wait);
  return status;
}

Status RingLoop::sleep() {
  const std::optional<std::uint32_t> awaited = pump_.awaited();
  if (!awaited) return parts_.driver.wait(until_due(kLongestSleep));
  if (!parts_.queue.park(*awaited)) return {};
  Status status;
  if (!pump_.any_finished()) status = parts_.driver.wait(until_due(look_interval()));
  parts_.queue.unpark();
  return status;
}

std::chrono::nanoseconds RingLoop::look_interval() const {
  const std::chrono::nanoseconds shortest = parts_.megakernel.backend().poll_interval();
  if (shortest.count() == 0) return kLongestSleep;
  // Each chunk of a program with an order waits for the one before it.
  if (job_.target.order != TileOrder::kAny) return shortest;
  return std::clamp(pump_.usual_time() / 2, shortest, kLongestInterval * shortest);
}

std::chrono::nanoseconds RingLoop::until_due(std::chrono::nanoseconds longest) const {
  if (due_ == std::chrono::steady_clock::time_point::max()) return longest;
  return std::clamp<std::chrono::nanoseconds>(due_ - job_.target.now(), 0ns, longest);
}

Status RingLoop::check_backend() {
  if (auto fault = parts_.megakernel.fault()) return tl::unexpected(std::move(*fault));
  return {};
}

void RingLoop::abandon() {
  // The ring may itself be what failed: its error is already the one to report.
  static_cast<void>(parts_.driver.cancel());
  pump_.cancel_all();
  while (pump_.at_workers() != 0 && !parts_.megakernel.fault()) {
    if (auto finished = pump_.take_finished()) {
      pump_.recycle(std::move(*finished));
    } else {
      std::this_thread::sleep_for(100us);
    }
  }
}

}  // namespace vyre::runtime
