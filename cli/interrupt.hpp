#pragma once

#include <csignal>

#include "vyre/session.hpp"

namespace vyre::cli {

/// While it lives, the first SIGINT or SIGTERM cancels the session; a second one ends the process
/// at once. At most one at a time.
class InterruptCancels {
 public:
  explicit InterruptCancels(Session& session);
  ~InterruptCancels();
  InterruptCancels(const InterruptCancels&) = delete;
  InterruptCancels& operator=(const InterruptCancels&) = delete;

  /// A signal has come, in the life of any instance.
  static bool interrupted() noexcept;

 private:
  struct sigaction previous_interrupt_ {};
  struct sigaction previous_terminate_ {};
};

}  // namespace vyre::cli
