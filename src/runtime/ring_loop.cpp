#include "runtime/ring_loop.hpp"

#include <fmt/format.h>

#include <thread>
#include <utility>

namespace vyre::runtime {
namespace {

using namespace std::chrono_literals;

// Enough to fill a slot with small files in one call of the feed.
constexpr std::size_t kFeedBatch = 64;
// Only a guard: reads, workers and cancel() all wake the ring.
constexpr std::chrono::nanoseconds kLongestSleep = 500ms;

}  // namespace

RingLoop::RingLoop(const RingParts& parts, const StreamJob& job, RingStatistics& statistics)
    : parts_(parts),
      job_(job),
      statistics_(statistics),
      pump_(parts.driver, parts.queue, parts.region, job.target, statistics),
      delivery_(*job.consumer, statistics) {}

Status RingLoop::run() {
  Status status = run_to_end();
  if (!status) {
    job_.cancelled->store(true, std::memory_order_relaxed);
    abandon();
  }
  return status;
}

Status RingLoop::run_to_end() {
  while (!parts_.driver.finished()) {
    if (job_.cancelled->load(std::memory_order_relaxed)) {
      return tl::unexpected(Error{ErrorCode::kCancelled, 0, "the stream was cancelled", {}});
    }
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
  moved |= *read;
  // One slot a round: its room is read into again before the next one is confirmed.
  moved |= deliver_one();
  return moved;
}

bool RingLoop::feed_driver() {
  if (feed_done_ || !parts_.driver.wants_files()) return false;
  const Stopwatch watch(statistics_.feed);
  while (!feed_done_ && parts_.driver.wants_files()) {
    batch_.clear();
    feed_done_ = !job_.feed->next(batch_, kFeedBatch);
    for (FileSource& file : batch_) parts_.driver.add(std::move(file));
  }
  if (feed_done_) parts_.driver.finish_feed();
  return true;
}

Result<bool> RingLoop::move_reads() {
  const Stopwatch watch(statistics_.ingest);
  if (auto status = parts_.driver.submit(); !status) return tl::unexpected(status.error());
  auto ended = parts_.driver.poll();
  if (!ended) return tl::unexpected(std::move(ended.error()));
  auto published = pump_.publish_filled();
  if (!published) return published;
  return *ended != 0 || *published;
}

bool RingLoop::deliver_one() {
  std::optional<FinishedSlot> finished = pump_.take_finished();
  if (!finished) return false;
  {
    const Stopwatch watch(statistics_.consumer);
    const SlotOutcome outcome = outcome_of(*finished);
    delivery_.deliver(parts_.driver.bytes(finished->slot), parts_.driver.extents(finished->slot),
                      outcome);
  }
  pump_.recycle(std::move(*finished));
  return true;
}

SlotOutcome RingLoop::outcome_of(const FinishedSlot& finished) {
  if (!finished.executed) return {};
  const std::uint32_t index = finished.slot.index();
  ++statistics_.chunks;
  if (finished.fault) {
    fault_ = Error{ErrorCode::kDeviceFault, static_cast<int>(finished.fault->code),
                   fmt::format("the program faulted with code {} at {}", finished.fault->code,
                               finished.fault->detail),
                   "docs/ARCHITECTURE.md lists the fault codes"};
    return {.records = {}, .overflow = false, .fault = &*fault_};
  }
  const wire::OutcomeHeader& header = parts_.region.outcome(index);
  statistics_.tiles += header.tiles;
  statistics_.records += header.record_count;
  const bool overflow = parts_.region.overflowed(index);
  if (overflow) ++statistics_.overflowed_chunks;
  return {.records = parts_.region.records(index), .overflow = overflow, .fault = nullptr};
}

Status RingLoop::wait() {
  const Stopwatch watch(statistics_.wait);
  const std::optional<std::uint32_t> awaited = pump_.awaited();
  if (!awaited) return parts_.driver.wait(kLongestSleep);
  if (!parts_.queue.park(*awaited)) return {};
  Status status = parts_.driver.wait(kLongestSleep);
  parts_.queue.unpark();
  return status;
}

Status RingLoop::check_backend() {
  if (auto fault = parts_.megakernel.fault()) return tl::unexpected(std::move(*fault));
  return {};
}

void RingLoop::abandon() {
  // The ring may itself be what failed: its error is already the one to report.
  static_cast<void>(parts_.driver.cancel());
  while (pump_.at_workers() != 0 && !parts_.megakernel.fault()) {
    if (auto finished = pump_.take_finished()) {
      pump_.recycle(std::move(*finished));
    } else {
      std::this_thread::sleep_for(100us);
    }
  }
}

}  // namespace vyre::runtime
