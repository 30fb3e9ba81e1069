#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/oracle/chance.hpp"
#include "tests/simulation/coverage.hpp"
#include "tests/simulation/fiber.hpp"

namespace vyre::simulation {

using oracle::Chance;

/// Nanoseconds of virtual time.
using Time = u64;
inline constexpr Time kMicrosecond = 1000;
inline constexpr Time kMillisecond = 1000 * kMicrosecond;
inline constexpr Time kSecond = 1000 * kMillisecond;

/// One of the actors that run by turns.
struct Task {
  std::string name;
  std::unique_ptr<Fiber> fiber;
  bool asleep = false;
  Time wake_at = 0;
};

/// Virtual time, and who runs next: in one thread, every choice drawn from one generator. Time goes
/// on by a little with each turn, and jumps to the next event where all sleep.
class Scheduler {
 public:
  /// `preemption`: turns that end before their time, in 1000 atomic accesses.
  Scheduler(Chance& chance, Coverage& coverage, u32 preemption)
      : chance_(chance), coverage_(coverage), preemption_(preemption) {}

  [[nodiscard]] Time now() const noexcept { return now_; }
  Task* start(std::string name, std::function<void()> body);
  /// `event` runs between turns, once it is `time`.
  void at(Time time, std::function<void()> event) { events_.emplace(time, std::move(event)); }
  /// Lets tasks run until `over`. Not from within a task.
  void run_until(const std::function<bool()>& over);

  /// The task whose turn it is; null outside.
  [[nodiscard]] Task* current() const noexcept { return current_; }
  // From within a task.
  void yield();
  /// Until then, or until wake().
  void sleep_until(Time time);
  void sleep_for(Time duration) { sleep_until(now_ + duration); }
  /// At an atomic access: perhaps it is others' turn. Also outside, to no effect.
  void maybe_yield() {
    if (current_ == nullptr) return;
    // Who spins must not spin for ever, whatever the plan.
    const bool long_turn = ++accesses_ >= kLongestTurn;
    if (long_turn || (preemption_ != 0 && chance_.below(1000) < preemption_)) preempt();
  }
  /// Waits until it holds; within a task or outside.
  void wait_until(const std::function<bool()>& holds);
  void wake(Task* task) {
    if (task != nullptr) task->asleep = false;
  }

 private:
  /// Accesses.
  static constexpr u32 kLongestTurn = 2000;

  void preempt();
  void run_events();
  bool take_turn();
  void jump();

  Chance& chance_;
  Coverage& coverage_;
  u32 preemption_;
  Time now_ = 0;
  u64 turns_ = 0;
  /// Since the turn began.
  u32 accesses_ = 0;
  Task* current_ = nullptr;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::multimap<Time, std::function<void()>> events_;
};

}  // namespace vyre::simulation
