#include "cli/interrupt.hpp"

#include <atomic>

namespace vyre::cli {
namespace {

// A signal handler has no other way to its objects.
std::atomic<Session*> running{nullptr};
std::atomic<bool> was_interrupted{false};
static_assert(std::atomic<Session*>::is_always_lock_free);

void on_signal(int) {
  was_interrupted.store(true);
  if (Session* session = running.load()) session->cancel();
}

}  // namespace

InterruptCancels::InterruptCancels(Session& session) {
  running.store(&session);
  struct sigaction action {};
  action.sa_handler = on_signal;
  // The second signal finds the default: it must end a process that does not end by itself.
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  ::sigaction(SIGINT, &action, &previous_interrupt_);
  ::sigaction(SIGTERM, &action, &previous_terminate_);
}

InterruptCancels::~InterruptCancels() {
  ::sigaction(SIGINT, &previous_interrupt_, nullptr);
  ::sigaction(SIGTERM, &previous_terminate_, nullptr);
  running.store(nullptr);
}

bool InterruptCancels::interrupted() noexcept { return was_interrupted.load(); }

}  // namespace vyre::cli
