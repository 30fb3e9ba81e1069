#pragma once

#include <atomic>
#include <vector>

#include "backend/megakernel.hpp"
#include "ingest/ingest_driver.hpp"
#include "runtime/canary.hpp"
#include "runtime/delivery.hpp"
#include "runtime/hop_recorder.hpp"
#include "runtime/work_pump.hpp"
#include "uring/ring.hpp"

namespace vyre::runtime {

namespace replay {
class Recording;
}

/// What one outcome has room for.
struct OutcomeRoom {
  std::uint32_t records = 1;
  std::uint64_t output_bytes = 0;
  std::uint32_t inbox_bytes = 0;
  /// No program that it is meant for writes more records.
  bool holds_all_records = false;

  /// True where an outcome of this size gives the same results as one of `asked`.
  [[nodiscard]] bool serves(const OutcomeRoom& asked) const {
    const bool enough =
        asked.holds_all_records ? records >= asked.records : records == asked.records;
    return enough && output_bytes == asked.output_bytes && inbox_bytes == asked.inbox_bytes;
  }
};

/// What one stream() asks of one ring.
struct StreamJob {
  FileFeed* feed = nullptr;
  ChunkConsumer* consumer = nullptr;
  ProgramTarget target;
  ingest::Placement placement = ingest::Placement::kPacked;
  OutcomeRoom room = {};
  /// Shared by all rings: set from outside to end the stream, and by a ring that fails.
  std::atomic<bool>* cancelled = nullptr;
  /// Where the slots' way is written down. Else null.
  replay::Recording* recording = nullptr;
};

/// The parts that a ring thread owns and the loop drives.
struct RingParts {
  ingest::IngestDriver& driver;
  backend::Megakernel& megakernel;
  backend::WorkQueue& queue;
  backend::Region& region;
  /// Where slots are peer memory: tries each source first. Else null.
  Canary* canary = nullptr;
  /// Where the slots' way is written down. Else null.
  SlotObserver* observer = nullptr;
  /// Told of each slot's way, where the driver keeps times. Else null.
  HopRecorder* hops = nullptr;
};

/// One ring's way of the data, from feed to consumer, on one thread: the place where the hops meet.
class RingLoop {
 public:
  RingLoop(const RingParts& parts, const StreamJob& job, RingStatistics& statistics);

  /// Returns when every file that the feed gave to this ring has been delivered; Cancelled,
  /// DeviceFault or the ring's own error otherwise, with nothing in flight.
  Status run();
  /// See WorkPump.
  [[nodiscard]] bool retired_outcomes() const noexcept { return pump_.retired_outcomes(); }

 private:
  using Clock = std::chrono::steady_clock;

  Status run_to_end();
  /// One round; true where anything moved.
  Result<bool> step();
  bool feed_driver();
  void add_source(FileSource source);
  Result<bool> move_reads();
  bool deliver_one();
  /// `delivered`: when the consumer was given the slot; it has just returned.
  void record(const FinishedSlot& finished, Clock::time_point delivered);
  /// Until something has happened, or may have.
  Status wait();
  Status sleep();
  /// Adds what has passed since the last look at the clock.
  void end_part(std::chrono::nanoseconds& sum);
  /// Between two looks at the workers, where nothing else wakes the ring: half of what slots have
  /// taken there lately.
  [[nodiscard]] std::chrono::nanoseconds look_interval() const;
  /// How long to sleep at most, where it would be `longest` without deadlines.
  [[nodiscard]] std::chrono::nanoseconds until_due(std::chrono::nanoseconds longest) const;
  Status check_backend();
  void abandon();
  [[nodiscard]] SlotOutcome outcome_of(const FinishedSlot& finished);
  [[nodiscard]] RunFault fault_of(const FinishedSlot& finished) const;

  RingParts parts_;
  StreamJob job_;
  RingStatistics& statistics_;
  WorkPump pump_;
  Delivery delivery_;
  std::vector<FileSource> batch_;
  bool feed_done_ = false;
  /// When the clock was last looked at.
  Clock::time_point now_;
  /// When the next slot at the workers will be overdue.
  std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::time_point::max();
  std::optional<RunFault> fault_;
};

}  // namespace vyre::runtime
