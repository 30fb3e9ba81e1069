#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace vyre::simulation {

/// A function with a stack of its own, which runs only while somebody resumes it. All fibers and
/// whoever resumes them are one thread. One that has not finished takes nothing with it when it is
/// destroyed: what its stack owns is lost.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs the body until it suspends or ends. Not from within a fiber.
  void resume();
  /// From within the body: goes back to who resumed it.
  void suspend();
  [[nodiscard]] bool finished() const noexcept { return finished_; }

 private:
  static void enter();
  void run();

  std::function<void()> body_;
  std::byte* stack_;
  ucontext_t inside_{};
  ucontext_t outside_{};
  bool finished_ = false;
  // What AddressSanitizer wants to know of each switch.
  void* inside_fake_stack_ = nullptr;
  void* outside_fake_stack_ = nullptr;
  const void* outside_stack_ = nullptr;
  std::size_t outside_stack_bytes_ = 0;
};

}  // namespace vyre::simulation
