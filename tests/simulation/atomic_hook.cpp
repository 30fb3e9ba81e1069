#include "tests/simulation/atomic_hook.hpp"

namespace vyre::simulation {
namespace {

AtomicObserver* current = nullptr;

}  // namespace

void observe_atomics(AtomicObserver* observer) noexcept { current = observer; }

void before_load() {
  if (current != nullptr) current->before_load();
}

void after_write(const u32* word, u32 previous, u32 value) {
  if (current != nullptr) current->after_write(word, previous, value);
}

}  // namespace vyre::simulation
