#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "backend/region.hpp"
#include "backend/work_queue.hpp"
#include "ingest/ingest_driver.hpp"
#include "runtime/ring_statistics.hpp"

namespace vyre::runtime {

/// What a pump asks of the megakernel for each filled slot.
struct ProgramTarget {
  std::uint32_t opcode = 0;
  std::uint32_t tenant = 0;
  wire::Priority priority = wire::Priority::kNormal;
};

/// A slot whose program has run (or that had nothing to run on), oldest first.
struct FinishedSlot {
  ingest::DrainedSlot slot;
  /// Position in the work queue; nothing where the slot was empty.
  std::optional<std::uint32_t> position;
};

/// Joins a ring's ingest to its work queue: filled slots are published, finished ones drained in
/// the order in which they were taken. A publication that meets a slot in use stays pending and is
/// tried again: none is lost. One thread; driver, queue and region outlive it.
class WorkPump {
 public:
  WorkPump(ingest::IngestDriver& driver, backend::WorkQueue& queue, backend::Region& region,
           const ProgramTarget& target, RingStatistics& statistics);

  /// Publishes every slot that became filled; true where any was. Cost: one cache line a slot.
  Result<bool> publish_filled();
  /// The oldest slot in use, if its program has finished.
  [[nodiscard]] std::optional<FinishedSlot> take_finished();
  /// Gives slot and queue position back.
  void recycle(FinishedSlot finished);

  /// Position whose completion the pump waits for next; nothing where the oldest slot is not at
  /// the workers.
  [[nodiscard]] std::optional<std::uint32_t> awaited() const;
  /// Slots that the workers have.
  [[nodiscard]] std::uint32_t at_workers() const noexcept { return at_workers_; }

 private:
  struct Flight {
    std::optional<ingest::PublishedSlot> ticket;
    std::optional<std::uint32_t> position;
    std::chrono::steady_clock::time_point published;
  };

  Result<bool> publish(ingest::FilledSlot& slot);
  [[nodiscard]] backend::WorkItem work_item(std::uint32_t slot,
                                            const ingest::SlotChunk& chunk) const;

  ingest::IngestDriver& driver_;
  backend::WorkQueue& queue_;
  backend::Region& region_;
  ProgramTarget target_;
  RingStatistics& statistics_;
  /// By slot index.
  std::vector<Flight> flights_;
  /// Filled, but the queue was full.
  std::optional<ingest::FilledSlot> pending_;
  std::uint32_t at_workers_ = 0;
};

}  // namespace vyre::runtime
