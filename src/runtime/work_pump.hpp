#pragma once

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "backend/region.hpp"
#include "backend/work_queue.hpp"
#include "ingest/ingest_driver.hpp"
#include "runtime/file_order.hpp"
#include "runtime/ring_statistics.hpp"
#include "runtime/slot_observer.hpp"

namespace vyre::runtime {

/// What a pump asks of the megakernel for each filled slot.
struct ProgramTarget {
  std::uint32_t opcode = 0;
  std::uint32_t tenant = 0;
  TileOrder order = TileOrder::kAny;
  wire::Priority priority = wire::Priority::kNormal;
  /// The slots are peer memory: their reads' last bytes may be under way when the read is over.
  bool peer_slots = false;
  /// How long a chunk may be at the workers, from its publication on; 0: as long as it takes.
  std::chrono::nanoseconds deadline{0};
  /// The program leaves nothing behind but its outcome: it can run once more over a chunk whose
  /// worker was lost.
  bool repeatable = true;
  /// Of the pump; a simulation has its own.
  std::chrono::steady_clock::time_point (*now)() = &std::chrono::steady_clock::now;
};

/// A slot whose program has run, oldest first.
struct FinishedSlot {
  ingest::DrainedSlot slot;
  /// False where there was nothing to run, or no sense in it any more: there is no outcome.
  bool executed = false;
  std::optional<SlotFault> fault;
  /// Index of the outcome in the region.
  std::uint32_t outcome = 0;
  /// Where `executed`.
  std::chrono::steady_clock::time_point published = {};
};

/// Joins a ring's ingest to its work queue: filled slots are published as soon as the program's
/// order lets them, finished ones drained in the order in which they were taken. A publication that
/// meets a slot in use stays pending and is tried again: none is lost. Positions of the queue are
/// given back as soon as their run is over, in any order: held until the ordered drain, they could
/// keep the oldest slot out of a full queue for ever. A slot that waits for another waits for one
/// that was taken before it, so the oldest waits for none.
///
/// Where a worker is lost, its slot ends in FAULT kWorkerLost and is published again, once. A slot
/// that is DONE is never run again, one that is not runs once more to its end; so what the consumer
/// sees is that of an undisturbed run. As the lost worker may go on some day, its outcome is not
/// used any more: the region has spare ones. A chunk that costs a second worker is given up, and
/// its fault stays kWorkerLost.
///
/// One thread; driver, queue and region outlive it.
class WorkPump {
 public:
  /// `observer`, where not null, is told of each slot, and outlives the pump too.
  WorkPump(ingest::IngestDriver& driver, backend::WorkQueue& queue, backend::Region& region,
           const ProgramTarget& target, RingStatistics& statistics,
           SlotObserver* observer = nullptr);

  /// Takes back what the workers have finished, then publishes every filled slot that may go; true
  /// where any did. Cost: one load per slot at the workers, one cache line per publication.
  Result<bool> publish_filled();
  /// The oldest slot in use, if its program has finished.
  [[nodiscard]] std::optional<FinishedSlot> take_finished();
  /// Outcomes that lost workers may still write to: the region must not serve another pump.
  [[nodiscard]] bool retired_outcomes() const noexcept { return next_spare_ != driver_.slots(); }
  void recycle(FinishedSlot finished) { driver_.recycle(std::move(finished.slot)); }

  /// A position at the workers whose completion lets the pump go on; nothing where only reads do.
  [[nodiscard]] std::optional<std::uint32_t> awaited() const;
  /// Some slot at the workers has finished: asked once the queue is parked, since the pump may go
  /// on by others than the awaited one.
  [[nodiscard]] bool any_finished() const;
  /// Cancels what has been at the workers for longer than the deadline, which must not be 0. Gives
  /// the time at which the next of them will have been; the farthest time where there is none.
  std::chrono::steady_clock::time_point cancel_overdue();
  /// Cancels all that the workers have.
  void cancel_all();
  /// Slots that the workers have.
  [[nodiscard]] std::uint32_t at_workers() const noexcept { return at_workers_; }
  /// What slots have taken at the workers lately, as far as it was seen; 0 at first.
  [[nodiscard]] std::chrono::nanoseconds usual_time() const noexcept { return usual_time_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Flight {
    /// Filled, and waiting for its turn or for room in the queue.
    std::optional<ingest::FilledSlot> filled;
    std::optional<ingest::PublishedSlot> ticket;
    /// In the queue, while the workers have the slot.
    std::optional<std::uint32_t> position;
    ingest::SlotChunk chunk;
    bool executed = false;
    std::optional<SlotFault> fault;
    std::chrono::steady_clock::time_point published;
    /// Why it was cancelled; kNone where it was not.
    wire::FaultCode cancelled = wire::FaultCode::kNone;
    /// Of the slot's outcomes in the region, the one that it uses now.
    std::uint32_t outcome = 0;
    /// Its worker was lost, and it waits for another.
    bool again = false;
    std::uint32_t lost_workers = 0;
  };
  enum class Step { kWaits, kGone, kQueueFull };

  void take_back_finished();
  void take_back(std::uint32_t slot, Clock::time_point now);
  Status publish_again();
  /// What becomes of a flight whose worker was lost: true where it runs again.
  bool runs_again(Flight& flight);
  bool replace_outcome(Flight& flight);
  void end(std::uint32_t slot);
  Result<Step> try_publish(std::uint32_t slot);
  [[nodiscard]] Clock::time_point publication_time() const;
  Status start(std::uint32_t slot);
  void cancel(Flight& flight, wire::FaultCode reason);
  [[nodiscard]] backend::WorkItem work_item(std::uint32_t slot) const;
  void tell_published(std::uint32_t slot, const backend::WorkItem& item,
                      const FileOrder::Carry& carry);

  ingest::IngestDriver& driver_;
  backend::WorkQueue& queue_;
  backend::Region& region_;
  ProgramTarget target_;
  RingStatistics& statistics_;
  SlotObserver* observer_;
  FileOrder order_;
  /// By slot index.
  std::vector<Flight> flights_;
  /// Filled slots that are not published, in the order in which they were filled.
  std::vector<std::uint32_t> waiting_;
  /// Slots whose worker was lost.
  std::vector<std::uint32_t> again_;
  /// The first outcome of the region that no slot has used.
  std::uint32_t next_spare_;
  Clock::duration usual_time_{};
  /// A worker was lost that cannot be made up for.
  Status state_;
  std::uint32_t at_workers_ = 0;
};

}  // namespace vyre::runtime
