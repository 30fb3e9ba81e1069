#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "backend/cpu/worker_journal.hpp"
#include "kernel/worker.hpp"
#include "tests/simulation/protocol_check.hpp"
#include "tests/simulation/scheduler.hpp"

namespace vyre::simulation {

/// What workers do. Shares are in 1000.
struct WorkerPlan {
  u32 workers = 1;
  /// Of the group's steps: at these a worker takes its time, in the middle of a tile too.
  u32 slow = 0;
  /// Of chunks: with these it is stuck for long.
  u32 stuck = 0;
  /// Of tiles: with these it hangs, for ever or until it goes on as if nothing had been; so often
  /// at most.
  u32 lost = 0;
  u32 most_lost = 8;
  /// As a device has it; 0: workers wake parked producers.
  std::chrono::nanoseconds poll_interval{0};
};

/// What backend and workers share.
struct WorkerWorld {
  Scheduler& scheduler;
  Chance& chance;
  Coverage& coverage;
  ProtocolCheck& check;
  WorkerPlan plan;
  /// Wakes the producer of that queue.
  std::function<void(u32 queue)> wake_producer;
  /// Wakes the io server.
  std::function<void()> wake_server;
};

/// Workers are tasks of the scheduler that run the kernel's own worker loop; idle ones sleep until
/// the doorbell rings. Each memory access of the protocol may be where a worker's turn ends.
class SimulatedBackend final : public backend::Backend {
 public:
  explicit SimulatedBackend(WorkerWorld& world) : world_(world) {}
  ~SimulatedBackend() override;

  [[nodiscard]] const BackendDescription& description() const noexcept override {
    return description_;
  }
  Result<backend::SharedMemory> allocate_shared(std::size_t bytes) override {
    return allocate<backend::SharedMemory>(bytes);
  }
  Result<backend::WorkerMemory> allocate_for_workers(std::size_t bytes) override {
    return allocate<backend::WorkerMemory>(bytes);
  }
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes) override {
    return memory::MappedBuffer::anonymous(bytes);
  }
  Result<backend::PeerBuffer> map_peer_buffer(std::size_t bytes,
                                              const std::string& provider) override;
  Status write(std::byte* target, std::span<const std::byte> bytes) override;
  Status read(const std::byte* source, std::span<std::byte> bytes) const override;
  [[nodiscard]] bool splits_chunks() const noexcept override { return false; }
  [[nodiscard]] bool is_near_workers(const std::byte*) const noexcept override { return true; }
  Result<const void*> prepare(std::span<const std::byte>) override { return nullptr; }
  Status start(const kernel::Context& context) override;
  Status join() override;
  void ring_doorbell() noexcept override;
  /// Some worker has not exited; asked where the megakernel's own answer would wait for a stop.
  [[nodiscard]] bool running() const noexcept { return running_ != 0; }
  void ring_all() noexcept override;
  [[nodiscard]] unsigned workers() const noexcept override { return world_.plan.workers; }
  [[nodiscard]] std::chrono::nanoseconds poll_interval() const noexcept override {
    return world_.plan.poll_interval;
  }
  [[nodiscard]] std::int64_t clock_offset() const noexcept override { return 0; }
  [[nodiscard]] std::optional<Error> fault() const override;
  [[nodiscard]] backend::WorkerLosses losses() const override { return {losses_, {}}; }
  [[nodiscard]] bool replaces_workers() const noexcept override { return true; }

  /// The asker of fault() has done something else in between.
  void calm() { asked_.erase(world_.scheduler.current()); }

 private:
  friend class SimulatedPlatform;
  template <class Memory>
  Result<Memory> allocate(std::size_t bytes);
  /// As backend::Crew's.
  struct Seat {
    backend::WorkerJournal journal;
    u32 number = 0;
    u64 seen = 0;
    Time since = 0;
    bool left = false;
    bool lost = false;
  };
  void seat(const kernel::Context& context, u32 number);
  void work(const kernel::Context& context, Seat& seat);
  /// Looks for workers that hang, and replaces them.
  void look();
  void lose(Seat& seat);
  void release(std::span<std::byte> released);
  /// Sleeps until a ring that comes after it began to look, unless `has_work()`.
  template <class Predicate>
  void sleep_unless(u32 worker, Predicate has_work);

  WorkerWorld& world_;
  const BackendDescription description_{.kind = BackendKind::kCpu, .name = "simulated"};
  /// One for each worker; null where it does not sleep.
  std::vector<Task*> sleepers_;
  u64 rings_ = 0;
  u32 running_ = 0;
  const kernel::Context* context_ = nullptr;
  /// Of all launches, the lost ones among them.
  std::vector<std::unique_ptr<Seat>> seats_;
  u32 losses_ = 0;
  /// Those, and workers that hang and have not been missed yet.
  u32 may_be_lost_ = 0;
  bool looking_ = false;
  /// What lost workers may still write to, until nobody runs any more.
  std::vector<std::byte*> kept_;
  /// Times that fault() was asked in a row, by whom.
  mutable std::map<const Task*, u32> asked_;
};

}  // namespace vyre::simulation
