#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "tests/simulation/scheduler.hpp"
#include "uring/ring.hpp"

namespace vyre::simulation {

/// What becomes of the reads of programs that load; of 1000 each.
struct LoadRingPlan {
  u32 entries = 64;
  u32 short_reads = 0;
  u32 transient = 0;
  u32 failures = 0;
  u32 slow = 0;
};

/// Byte `offset` of every resource.
u8 resource_byte(u64 offset);

/// The ring of the io server, played: reads of a file whose bytes are resource_byte(). They
/// complete in any order, late, short, or not well; until then their targets hold anything.
class LoadRing final : public uring::Ring {
 public:
  LoadRing(const LoadRingPlan& plan, Scheduler& scheduler, Chance& chance, Coverage& coverage)
      : plan_(plan), scheduler_(scheduler), chance_(chance), coverage_(coverage) {}

  /// Before each write to a read's target.
  std::function<void(const std::byte*)> before_write;
  /// A read into this target fails for good.
  std::function<void(const std::byte*)> on_failure;
  /// A wait ended by its time alone.
  std::function<void()> on_timeout;
  [[nodiscard]] bool idle() const { return queued_.empty() && under_way_.empty() && done_.empty(); }

  [[nodiscard]] u32 space() const noexcept override {
    return plan_.entries - static_cast<u32>(queued_.size());
  }
  [[nodiscard]] u32 completion_capacity() const noexcept override { return 2 * plan_.entries; }
  [[nodiscard]] u32 file_slots() const noexcept override { return 0; }
  [[nodiscard]] bool takes_commands() const noexcept override { return false; }
  [[nodiscard]] bool polls() const noexcept override { return false; }
  void queue(const uring::Submission& submission) override;
  Status submit() override;
  Status wait(std::chrono::nanoseconds timeout) override;
  Result<std::size_t> reap(std::span<uring::Completion> completions) override;
  Status set_file(uring::FileIndex index, int descriptor) override;
  Status cancel_all() override;
  void wake() noexcept override;

 private:
  struct Read {
    u64 number = 0;
    u64 offset = 0;
    std::span<std::byte> target;
  };
  void begin(u64 user_data, Read read);
  void complete(u64 user_data, u64 number);
  void scribble(std::span<std::byte> target);
  [[nodiscard]] std::int32_t result_of(const Read& read);
  void finish(u64 user_data, std::int32_t result);

  LoadRingPlan plan_;
  Scheduler& scheduler_;
  Chance& chance_;
  Coverage& coverage_;
  std::vector<std::pair<u64, Read>> queued_;
  /// By user data.
  std::map<u64, Read> under_way_;
  std::vector<uring::Completion> done_;
  u64 reads_ = 0;
  Task* sleeper_ = nullptr;
  bool woken_ = false;
};

}  // namespace vyre::simulation
