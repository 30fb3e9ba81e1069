#include "tests/simulation/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "tests/simulation/violation.hpp"

namespace vyre::simulation {
namespace {

// Far beyond what any plan takes: who needs more will never end.
constexpr u64 kMostTurns = 3'000'000;
constexpr Time kLongestRun = 2000 * kSecond;
constexpr Time kLook = 20 * kMicrosecond;

}  // namespace

Task* Scheduler::start(std::string name, std::function<void()> body) {
  auto task = std::make_unique<Task>();
  task->name = std::move(name);
  task->fiber = std::make_unique<Fiber>(std::move(body));
  tasks_.push_back(std::move(task));
  return tasks_.back().get();
}

void Scheduler::preempt() {
  ++coverage_.preemptions;
  yield();
}

void Scheduler::yield() {
  VYRE_CHECK(current_ != nullptr);
  current_->fiber->suspend();
}

void Scheduler::sleep_until(Time time) {
  VYRE_CHECK(current_ != nullptr);
  current_->asleep = true;
  current_->wake_at = time;
  current_->fiber->suspend();
}

void Scheduler::wait_until(const std::function<bool()>& holds) {
  if (current_ == nullptr) return run_until(holds);
  while (!holds()) sleep_for(kLook);
}

void Scheduler::run_events() {
  while (!events_.empty() && events_.begin()->first <= now_) {
    const auto event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    event();
  }
}

bool Scheduler::take_turn() {
  u32 ready = 0;
  for (const auto& task : tasks_) {
    if (task->asleep && task->wake_at <= now_) task->asleep = false;
    ready += task->asleep ? 0 : 1;
  }
  if (ready == 0) return false;
  u32 chosen = chance_.below(ready);
  for (const auto& task : tasks_) {
    if (task->asleep || chosen-- != 0) continue;
    current_ = task.get();
    break;
  }
  accesses_ = 0;
  current_->fiber->resume();
  const Task* const ran = std::exchange(current_, nullptr);
  if (ran->fiber->finished()) {
    std::erase_if(tasks_, [ran](const auto& task) { return task.get() == ran; });
  }
  return true;
}

// All sleep: on to what comes next.
void Scheduler::jump() {
  Time next = std::numeric_limits<Time>::max();
  if (!events_.empty()) next = events_.begin()->first;
  for (const auto& task : tasks_) next = std::min(next, task->wake_at);
  if (next == std::numeric_limits<Time>::max()) {
    violate("progress", "all sleep and nothing will wake them");
  }
  now_ = std::max(now_, next);
}

void Scheduler::run_until(const std::function<bool()>& over) {
  VYRE_CHECK(current_ == nullptr);
  while (!over()) {
    run_events();
    if (!take_turn()) {
      jump();
      continue;
    }
    now_ += 100 + chance_.below(900);
    ++coverage_.steps;
    if (++turns_ > kMostTurns || now_ > kLongestRun) {
      std::string names;
      for (const auto& task : tasks_) names += " " + task->name;
      violate("progress", fmt::format("no end after {} turns and {} ms; still there:{}", turns_,
                                      now_ / kMillisecond, names));
    }
  }
}

}  // namespace vyre::simulation
