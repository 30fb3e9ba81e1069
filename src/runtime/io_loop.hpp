#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <span>

#include "backend/megakernel.hpp"
#include "runtime/io_resources.hpp"
#include "runtime/load_observer.hpp"
#include "uring/ring.hpp"
#include "wire/io_slot.hpp"

namespace vyre::runtime {

/// What has been done for programs that load; monotone, any thread reads.
struct IoCounters {
  std::atomic<std::uint64_t> loads{0};
  std::atomic<std::uint64_t> bytes{0};
  /// Of the loads: those that gave another status than 0.
  std::atomic<std::uint64_t> failed{0};
};

/// Serves the io queue: claims each request once, checks it, reads the bytes into its inbox with as
/// many reads under way as there are requests, and completes it. A request is checked as hostile:
/// the resource is the tenant's or unknown, the range lies inside it, the inbox is there and large
/// enough, and stays there while the read is under way. One thread.
class IoLoop {
 public:
  /// All outlive the loop. While `cancelled` is set, requests end with the status kCancelled, those
  /// under way too. `observer`, where not null, is told of each load; without it that costs one
  /// branch a load.
  IoLoop(backend::Megakernel& megakernel, uring::Ring& ring, const IoResources& resources,
         const std::atomic<bool>& cancelled, IoCounters& counters, LoadObserver* observer = nullptr)
      : megakernel_(megakernel),
        queue_(megakernel.io_queue()),
        ring_(ring),
        resources_(resources),
        cancelled_(cancelled),
        counters_(counters),
        observer_(observer) {}
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  /// One round; true where anything moved. An error is the ring's: then give_up().
  Result<bool> step();
  /// Sleeps until a read is over, a request has come, somebody wakes the ring, or `longest`.
  Status wait(std::chrono::nanoseconds longest);
  /// Cancels what is under way and returns when nothing is. An error is the ring's.
  Status finish();
  /// After an error of the ring, and when nothing of it is under way any more (its end sees to
  /// that): every request that was claimed ends with this status.
  void give_up(std::uint32_t status);

 private:
  enum class Stage : std::uint8_t { kIdle, kReady, kUnderWay };
  /// One for each io slot.
  struct Flight {
    Stage stage = Stage::kIdle;
    backend::LoadRequest request;
    int descriptor = -1;
    std::span<std::byte> inbox = {};
    /// What of it is still to be read.
    std::span<std::byte> rest = {};
  };

  bool claim_requests();
  /// The next request, which has a flight from here on; null where there is none.
  Flight* claim();
  /// Ends what is over before it began; else its flight is ready.
  void begin(Flight& flight);
  void queue_ready();
  Result<bool> reap();
  void take(std::uint32_t slot, std::int32_t result);
  void end(std::uint32_t slot, std::uint32_t status);
  Status follow_cancellation();

  backend::Megakernel& megakernel_;
  backend::IoQueue& queue_;
  uring::Ring& ring_;
  const IoResources& resources_;
  const std::atomic<bool>& cancelled_;
  IoCounters& counters_;
  LoadObserver* const observer_;
  std::array<Flight, wire::kIoSlots> flights_;
  std::uint32_t under_way_ = 0;
  /// The ring was told to cancel what was under way then.
  bool told_ = false;
  bool finishing_ = false;
};

}  // namespace vyre::runtime
