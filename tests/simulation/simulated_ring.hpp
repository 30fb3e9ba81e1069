#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "tests/simulation/scheduler.hpp"
#include "tests/simulation/simulated_files.hpp"
#include "uring/ring.hpp"
#include "vyre/telemetry.hpp"

namespace vyre::simulation {

/// What a ring does to its driver. Shares are in 1000.
struct RingPlan {
  u32 entries = 32;
  u32 completions = 64;
  u32 file_slots = 16;
  u32 short_reads = 0;
  u32 transient = 0;
  u32 endless_transient = 0;
  u32 hard_failures = 0;
  u32 lost = 0;
  u32 slow = 0;
  /// Of reads that are not to wait.
  u32 uncached = 0;
  bool no_wait_supported = true;
  bool direct_refused = false;
  /// Of calls of submit() that take nothing.
  u32 busy = 0;
  /// Share of reaps that hand out only some completions.
  u32 partial_reaps = 0;
  /// The call of submit(), wait() or reap() at which the ring fails; 0: none.
  u64 fails_at = 0;
  /// And goes on failing.
  bool fails_for_ever = false;
};

/// What a ring asks about the buffer that it reads into.
class BufferWatch {
 public:
  virtual ~BufferWatch() = default;
  /// The kernel may write there from now on. Violates where a worker owns a byte of it.
  virtual void check_writable(std::span<const std::byte> target) = 0;
};

/// A ring whose kernel is the simulation: completions come in any order, late, short, failed, or
/// not before they are cancelled. It checks what a driver owes a ring: space before it queues,
/// descriptors that are open, no two reads into the same bytes, no more in flight than completions
/// have room, counters that say how many reads there are.
class SimulatedRing final : public uring::Ring {
 public:
  SimulatedRing(Scheduler& scheduler, Chance& chance, Coverage& coverage, SimulatedFiles& files,
                const RingPlan& plan);

  BufferWatch* watch = nullptr;
  /// Called by each submit().
  std::function<void()> on_submit;
  /// Asked when a wait ends by its time alone.
  std::function<void(std::chrono::nanoseconds)> on_timeout;
  /// A read was lost: nothing but a cancellation brings it back.
  std::function<void()> on_lost;

  /// A new driver begins: its user data may be that of the last one's.
  void begin_job(const IngestTelemetry* telemetry);
  /// A run is over. Violates where a read is in flight or counters do not balance.
  /// `whole`: it was not cut off, so every read that was counted was made.
  void check_balance(bool whole) const;
  /// Violates where a read is in flight.
  void check_idle() const;
  /// The driver will be gone.
  void end_job() { telemetry_ = nullptr; }
  /// What the destructor of a ring that fails for ever does.
  void drain();
  [[nodiscard]] bool reads_into(std::span<const std::byte> target) const;
  /// Nothing is queued or in flight.
  [[nodiscard]] bool idle() const noexcept { return in_flight_.empty() && queued_.empty(); }
  /// In this job.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  u32 space() const noexcept override;
  u32 completion_capacity() const noexcept override { return plan_.completions; }
  u32 file_slots() const noexcept override { return plan_.file_slots; }
  bool takes_commands() const noexcept override { return false; }
  bool polls() const noexcept override { return false; }
  void queue(const uring::Submission& submission) override;
  Status submit() override;
  Status wait(std::chrono::nanoseconds timeout) override;
  Result<std::size_t> reap(std::span<uring::Completion> completions) override;
  Status set_file(uring::FileIndex index, int descriptor) override;
  Status cancel_all() override;
  void wake() noexcept override;

 private:
  /// An entry of the file table.
  struct OpenEntry {
    SimulatedFile* file = nullptr;
    bool direct = false;
  };
  /// All submissions of one user data: a read and what resumes it.
  struct Read {
    SimulatedFile* file = nullptr;
    u64 first_offset = 0;
    u64 reached = 0;
    u32 transient_left = 0;
    u32 transient_seen = 0;
    bool endless = false;
    int hard = 0;
    /// Submissions that succeed before the hard failure.
    u32 good_before = 0;
  };
  struct Op {
    uring::Submission submission;
    u64 sequence = 0;
    OpenEntry entry;
    std::optional<uring::Submission> successor;
    bool lost = false;
  };

  Status fail_if_planned(const char* call);
  void take_queued();
  void start(Op op);
  void start_read(Op& op);
  void schedule(Op op);
  void run(u64 sequence);
  void run_open(Op& op);
  void run_close(const Op& op);
  void run_read(Op& op);
  [[nodiscard]] int read_result(const Op& op, Read& read);
  [[nodiscard]] std::optional<int> planned_failure(const Op& op, Read& read);
  void plan_read(Read& read);
  void fail(const Op& op, int error);
  void post(const Op& op, int result);
  void check_counters() const;

  Scheduler& scheduler_;
  Chance& chance_;
  Coverage& coverage_;
  SimulatedFiles& files_;
  RingPlan plan_;
  const IngestTelemetry* telemetry_ = nullptr;
  std::vector<OpenEntry> table_;
  std::vector<uring::Submission> queued_;
  std::map<u64, Op> in_flight_;
  std::map<u64, Read> reads_;
  std::set<u64> known_tags_;
  std::deque<uring::Completion> completions_;
  /// Posted or in flight, and sure to complete: not yet reaped.
  u64 counted_ = 0;
  u64 sequence_ = 0;
  u64 newest_posted_ = 0;
  u64 calls_ = 0;
  bool failed_ = false;
  bool woken_ = false;
  Task* waiter_ = nullptr;
};

}  // namespace vyre::simulation
