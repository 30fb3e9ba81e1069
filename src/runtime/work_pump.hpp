#pragma once

#include <chrono>
#include <optional>
#include <utility>
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

/// Why a program run ended in FAULT, as the slot said.
struct SlotFault {
  std::uint32_t code = 0;
  std::uint32_t detail = 0;
};

/// A slot whose program has run, oldest first.
struct FinishedSlot {
  ingest::DrainedSlot slot;
  /// False where the slot was empty: there is no outcome.
  bool executed = false;
  std::optional<SlotFault> fault;
};

/// Joins a ring's ingest to its work queue: filled slots are published, finished ones drained in
/// the order in which they were taken. A publication that meets a slot in use stays pending and is
/// tried again: none is lost. Positions of the queue are given back as soon as their run is over,
/// in any order: held until the ordered drain, they could keep the oldest slot out of a full queue
/// for ever. One thread; driver, queue and region outlive it.
class WorkPump {
 public:
  WorkPump(ingest::IngestDriver& driver, backend::WorkQueue& queue, backend::Region& region,
           const ProgramTarget& target, RingStatistics& statistics);

  /// Takes back what the workers have finished, then publishes every slot that became filled; true
  /// where any was. Cost: one load per slot at the workers, one cache line per publication.
  Result<bool> publish_filled();
  /// The oldest slot in use, if its program has finished.
  [[nodiscard]] std::optional<FinishedSlot> take_finished();
  void recycle(FinishedSlot finished) { driver_.recycle(std::move(finished.slot)); }

  /// A position whose completion lets the pump go on: that of the oldest slot, or any where a slot
  /// is pending; nothing where only reads do.
  [[nodiscard]] std::optional<std::uint32_t> awaited() const;
  /// Slots that the workers have.
  [[nodiscard]] std::uint32_t at_workers() const noexcept { return at_workers_; }

 private:
  struct Flight {
    std::optional<ingest::PublishedSlot> ticket;
    /// In the queue, while the workers have the slot.
    std::optional<std::uint32_t> position;
    bool executed = false;
    std::optional<SlotFault> fault;
    std::chrono::steady_clock::time_point published;
  };

  void take_back_finished();
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
