#include "tests/simulation/fiber.hpp"

#include <sys/mman.h>

#include <utility>
#include <vector>

#include "base/check.hpp"
#include "tests/support/address_sanitizer.hpp"

#if VYRE_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace vyre::simulation {
namespace {

constexpr std::size_t kStackBytes = std::size_t{384} << 10;

Fiber* entering = nullptr;
std::vector<std::byte*> free_stacks;

std::byte* take_stack() {
  if (!free_stacks.empty()) {
    std::byte* const stack = free_stacks.back();
    free_stacks.pop_back();
    return stack;
  }
  void* const memory = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  VYRE_CHECK(memory != MAP_FAILED);
  return static_cast<std::byte*>(memory);
}

void before_switch([[maybe_unused]] void** saved, [[maybe_unused]] const void* stack,
                   [[maybe_unused]] std::size_t bytes) {
#if VYRE_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(saved, stack, bytes);
#endif
}

void after_switch([[maybe_unused]] void* saved, [[maybe_unused]] const void** stack,
                  [[maybe_unused]] std::size_t* bytes) {
#if VYRE_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(saved, stack, bytes);
#endif
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(take_stack()) {
  VYRE_CHECK(::getcontext(&inside_) == 0);
  inside_.uc_stack.ss_sp = stack_;
  inside_.uc_stack.ss_size = kStackBytes;
  inside_.uc_link = nullptr;
  ::makecontext(&inside_, &Fiber::enter, 0);
}

Fiber::~Fiber() {
#if VYRE_ADDRESS_SANITIZER
  // Frames that were left by a switch have not cleaned up behind them.
  __asan_unpoison_memory_region(stack_, kStackBytes);
#endif
  free_stacks.push_back(stack_);
}

void Fiber::enter() { std::exchange(entering, nullptr)->run(); }

void Fiber::run() {
  after_switch(nullptr, &outside_stack_, &outside_stack_bytes_);
  body_();
  finished_ = true;
  before_switch(nullptr, outside_stack_, outside_stack_bytes_);
  ::swapcontext(&inside_, &outside_);
  VYRE_CHECK(!finished_);
}

void Fiber::resume() {
  VYRE_CHECK(!finished_);
  entering = this;
  before_switch(&outside_fake_stack_, stack_, kStackBytes);
  VYRE_CHECK(::swapcontext(&outside_, &inside_) == 0);
  after_switch(outside_fake_stack_, nullptr, nullptr);
}

void Fiber::suspend() {
  before_switch(&inside_fake_stack_, outside_stack_, outside_stack_bytes_);
  VYRE_CHECK(::swapcontext(&inside_, &outside_) == 0);
  after_switch(inside_fake_stack_, &outside_stack_, &outside_stack_bytes_);
}

}  // namespace vyre::simulation
