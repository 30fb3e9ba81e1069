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
};

/// A slot whose program has run, oldest first.
struct FinishedSlot {
  ingest::DrainedSlot slot;
  /// False where there was nothing to run, or no sense in it any more: there is no outcome.
  bool executed = false;
  std::optional<SlotFault> fault;
  /// Where `executed`.
  std::chrono::steady_clock::time_point published = {};
};

/// Joins a ring's ingest to its work queue: filled slots are published as soon as the program's
/// order lets them, finished ones drained in the order in which they were taken. A publication that
/// meets a slot in use stays pending and is tried again: none is lost. Positions of the queue are
/// given back as soon as their run is over, in any order: held until the ordered drain, they could
/// keep the oldest slot out of a full queue for ever. A slot that waits for another waits for one
/// that was taken before it, so the oldest waits for none. One thread; driver, queue and region
/// outlive it.
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
  void recycle(FinishedSlot finished) { driver_.recycle(std::move(finished.slot)); }

  /// A position at the workers whose completion lets the pump go on; nothing where only reads do.
  [[nodiscard]] std::optional<std::uint32_t> awaited() const;
  /// Some slot at the workers has finished: asked once the queue is parked, since the pump may go
  /// on by others than the awaited one.
  [[nodiscard]] bool any_finished() const;
  /// Slots that the workers have.
  [[nodiscard]] std::uint32_t at_workers() const noexcept { return at_workers_; }

 private:
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
  };
  enum class Step { kWaits, kGone, kQueueFull };

  void take_back_finished();
  void take_back(std::uint32_t slot);
  Result<Step> try_publish(std::uint32_t slot);
  Status start(std::uint32_t slot);
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
  std::uint32_t at_workers_ = 0;
};

}  // namespace vyre::runtime
