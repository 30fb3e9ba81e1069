#pragma once

#include "wire/platform.hpp"

namespace vyre::simulation {

/// What sees every atomic access that the sources under simulation make (see substitute/).
class AtomicObserver {
 public:
  virtual ~AtomicObserver() = default;
  /// Something is about to be read: what it says may be old when it is used.
  virtual void before_load() = 0;
  virtual void after_write(const u32* word, u32 previous, u32 value) = 0;
};

/// One at a time; null: none.
void observe_atomics(AtomicObserver* observer) noexcept;

/// Called by the substitute.
void before_load();
void after_write(const u32* word, u32 previous, u32 value);

}  // namespace vyre::simulation
