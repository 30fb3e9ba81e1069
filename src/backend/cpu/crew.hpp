#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backend/cpu/automaton_plan.hpp"
#include "backend/cpu/cpu_level.hpp"
#include "backend/cpu/cpu_memory.hpp"
#include "backend/cpu/doorbell.hpp"
#include "backend/cpu/injector.hpp"
#include "backend/cpu/worker_journal.hpp"
#include "kernel/context.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// What all worker threads of a backend use, those included that it has given up: it lives until
/// the last of them has ended.
struct CrewTools {
  explicit CrewTools(const FaultInjection& injection) : injector(injection) {}
  Doorbell doorbell;
  Injector injector;
  const std::shared_ptr<CpuMemory> memory = std::make_shared<CpuMemory>();
  std::mutex plans_mutex;
  std::vector<std::unique_ptr<const AutomatonPlan>> plans;
  std::mutex losses_mutex;
  WorkerLosses losses;
};

struct CrewOptions {
  unsigned workers = 1;
  CpuLevel level = best_cpu_level();
  std::chrono::nanoseconds hang_after{};
};

/// The worker threads from one launch to its end. A worker that hangs in a tile, or has ended
/// there, is lost: its slot is taken from it and ends in FAULT kWorkerLost, and a new thread takes
/// its place. No thread can be ended from outside; the lost one is left to itself, keeps the crew
/// and so its context alive, and all memory that it may know stays mapped. Thread-safe.
class Crew : public std::enable_shared_from_this<Crew> {
 public:
  using Clock = std::chrono::steady_clock;

  /// Starts the threads; what `context` points at outlives them. Errors: Syscall where not all of
  /// them start; then none is left.
  static Result<std::shared_ptr<Crew>> start(std::shared_ptr<CrewTools> tools,
                                             const kernel::Context& context,
                                             const CrewOptions& options);

  /// Looks whether every worker gets on, and replaces those that do not. Two looks count as a
  /// second apart at most: a process that was stopped meanwhile does not hang. DeviceFault where so
  /// many were lost that replacing them leads nowhere, sticky.
  Status look();
  /// Waits until every worker has left or is lost, after it was told to stop; looks meanwhile. The
  /// same error.
  Status join();

 private:
  struct Member {
    WorkerJournal journal;
    unsigned seat = 0;
    /// What the last look found, and for how long that has been so.
    u64 seen = 0;
    std::chrono::nanoseconds stuck{0};
    bool left = false;
    bool lost = false;
    std::thread thread;
  };

  Crew(std::shared_ptr<CrewTools> tools, const kernel::Context& context,
       const CrewOptions& options);
  Status start_threads();
  Status seat(unsigned number);
  void work(Member& member);
  void leave(Member& member);
  void look_locked();
  void look_at(Member& member, std::chrono::nanoseconds since_last);
  void lose(Member& member, const std::string& how);
  void take_slot_from(const Member& member);
  [[nodiscard]] bool too_many_losses();
  [[nodiscard]] bool all_accounted_for() const;

  const std::shared_ptr<CrewTools> tools_;
  const kernel::Context context_;
  const CrewOptions options_;

  std::mutex mutex_;
  std::condition_variable left_;
  Clock::time_point last_look_;
  std::vector<std::unique_ptr<Member>> members_;
  /// When the last workers were lost.
  std::deque<Clock::time_point> losses_;
  Status state_;
};

}  // namespace vyre::backend
