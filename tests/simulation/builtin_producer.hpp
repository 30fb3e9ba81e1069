#pragma once

#include <vector>

#include "backend/megakernel.hpp"
#include "tests/simulation/scheduler.hpp"

namespace vyre::simulation {

struct ProducerPlan {
  u32 queue = 0;
  u32 tenant = 0;
  u32 slots = 0;
  /// SHUTDOWN slots are among them; somebody has to launch again.
  bool stops_workers = false;
  /// Its slots are of all priorities.
  bool priorities = false;
};

/// A producer of built-ins with a queue and a tenant of its own, which knows each slot's answer:
/// counters say every value once, fences end last, what must fault does.
class BuiltinProducer {
 public:
  BuiltinProducer(const ProducerPlan& plan, backend::Megakernel& kernel, Scheduler& scheduler,
                  Chance& chance, Coverage& coverage);

  /// A task's body: publishes all its slots and takes them back, in any order.
  void run();
  /// After the workers have stopped: what the window holds.
  void check_window() const;
  [[nodiscard]] u32 fences() const noexcept { return fences_; }

 private:
  enum class Kind : u8 { kPlain, kAdd, kFaulty, kFence, kPacked };
  struct Pending {
    u32 position;
    Kind kind;
    u32 word;
  };
  static constexpr u32 kCounters = 8;

  wire::Priority any_priority();
  bool publish_one();
  bool publish_several();
  bool take_back_one();
  void check(const Pending& pending);
  void count_value(u32 word, u32 value);
  [[nodiscard]] Pending make(backend::WorkItem& item);

  ProducerPlan plan_;
  backend::Megakernel& kernel_;
  backend::WorkQueue& queue_;
  Scheduler& scheduler_;
  Chance& chance_;
  Coverage& coverage_;
  std::vector<Pending> pending_;
  /// By counter: values that ATOMIC_ADD has returned.
  std::vector<std::vector<bool>> seen_ = std::vector<std::vector<bool>>(kCounters);
  u32 published_ = 0;
  u32 fences_ = 0;
  std::vector<u32> added_ = std::vector<u32>(kCounters);
};

}  // namespace vyre::simulation
