#pragma once

#include "tests/simulation/scheduler.hpp"

namespace vyre::simulation {

/// Lets one actor through at a time, as a mutex would real threads: all actors are one thread, so
/// that a mutex of the sources would stop them all where one loses its turn inside.
class Turnstile {
 public:
  explicit Turnstile(Scheduler& scheduler) : scheduler_(scheduler) {}
  template <class Call>
  auto operator()(Call call) {
    scheduler_.wait_until([this] { return !taken_; });
    taken_ = true;
    auto result = call();
    taken_ = false;
    return result;
  }

 private:
  Scheduler& scheduler_;
  bool taken_ = false;
};

}  // namespace vyre::simulation
