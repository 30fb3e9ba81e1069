#pragma once

#include <atomic>
#include <optional>
#include <set>
#include <vector>

#include "backend/megakernel.hpp"
#include "runtime/io_loop.hpp"
#include "tests/simulation/load_plan.hpp"
#include "tests/simulation/simulated_loop.hpp"

namespace vyre::simulation {

/// A producer of slots that load, programs and LOAD_MISS, which knows what each must bring; and the
/// true io loop that serves them, on a played ring.
class LoadingProducer final : public runtime::LoadObserver {
 public:
  LoadingProducer(const LoadPlan& plan, const SharedParts& parts);

  // Bodies of two tasks. The second ends when the first has.
  void run();
  void serve();
  /// After the workers have stopped for good.
  void end_service();
  void wake_server() noexcept { ring_.wake(); }

 private:
  static constexpr u32 kLoads = 2;
  struct Load {
    u32 resource;
    u64 offset;
    u32 bytes;
  };
  struct Pending {
    u32 position;
    u32 outcome;
    bool program;
    Load load;
  };

  /// Who asked still waits, and each load is told of once.
  void answered(const backend::LoadRequest& request, u32 status,
                std::span<const std::byte> bytes) override;
  Load any_load();
  bool publish_one();
  bool take_back_one();
  void cancel_for_a_while();
  /// Its worker hung, and may go on some day.
  [[nodiscard]] bool is_lost(const Pending& pending) const;
  void check(const Pending& pending);
  void check_program(const Pending& pending);
  void check_miss(const Pending& pending);
  /// Holds one load's status to its cause.
  void check_status(const Pending& pending, const Load& load, u64 status);
  [[nodiscard]] u32 outcome_of(const std::byte* target) const;
  void check_waits(u32 outcome) const;
  void check_wake_ups();

  LoadPlan plan_;
  SharedParts parts_;
  backend::WorkQueue& queue_;
  LoadRing ring_;
  runtime::IoResources resources_;
  runtime::IoCounters counters_;
  std::atomic<bool> cancelled_{false};
  std::optional<runtime::IoLoop> loop_;
  backend::Region region_;
  u32 opcode_ = 0;
  std::vector<Pending> pending_;
  std::vector<u32> free_outcomes_;
  /// Outcomes of which a read has failed since their slot was published.
  std::set<u32> failed_;
  u32 published_ = 0;
  u64 told_loads_ = 0;
  u64 expected_loads_ = 0;
  /// Of those: of slots that ended in the middle, nobody knows where.
  u64 uncertain_loads_ = 0;
  u32 spares_ = 0;
  u32 cancels_ = 0;
  bool over_ = false;
  std::optional<Time> wanted_since_;
};

}  // namespace vyre::simulation
