#include "tests/simulation/violation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>

#if defined(__SANITIZE_ADDRESS__)
#define VYRE_UNDER_SANITIZER 1
#elif defined(__has_feature)
#define VYRE_UNDER_SANITIZER __has_feature(address_sanitizer)
#else
#define VYRE_UNDER_SANITIZER 0
#endif
#if VYRE_UNDER_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace vyre::simulation {
namespace {

u64 current_seed = 0;

std::string replay_command() {
  return fmt::format("replay: scripts/simulate --seed {}", current_seed);
}

// The process is beyond help: what a handler may not do, it does at the worst in vain.
void say_death(std::string_view what) {
  const std::string line =
      fmt::format("simulate: seed {}: {}; {}\n", current_seed, what, replay_command());
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void on_signal(int signal) {
  say_death(signal == SIGABRT ? "check-in-the-sources: see the line above"
                              : "signal: the process died");
  ::_exit(1);
}

bool listen() {
  std::signal(SIGABRT, on_signal);
#if VYRE_UNDER_SANITIZER
  __sanitizer_set_death_callback([] { say_death("sanitizer: see above"); });
#else
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_signal);
#endif
  return true;
}

}  // namespace

void note_seed(u64 seed) {
  [[maybe_unused]] static const bool kListening = listen();
  current_seed = seed;
}

void violate(std::string_view invariant, std::string_view what) {
  std::fflush(nullptr);
  say_death(fmt::format("{}: {}", invariant, what));
  ::_exit(1);
}

}  // namespace vyre::simulation
