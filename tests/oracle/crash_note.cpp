#include "tests/oracle/crash_note.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VYRE_UNDER_SANITIZER 1
#elif defined(__has_feature)
#define VYRE_UNDER_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define VYRE_UNDER_SANITIZER 0
#endif
#if VYRE_UNDER_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace vyre::oracle {
namespace {

std::atomic<u64> current_seed{0};

/// Only what may be called while a signal is handled.
void say_seed() {
  constexpr char kWords[] = "died; to replay: scripts/differential 1 ";
  std::array<char, sizeof kWords + 24> text{};
  std::memcpy(text.data(), kWords, sizeof kWords - 1);
  std::size_t size = sizeof kWords - 1;
  u64 divisor = 1;
  const u64 seed = current_seed.load();
  while (seed / divisor >= 10) divisor *= 10;
  for (; divisor > 0; divisor /= 10) text[size++] = static_cast<char>('0' + seed / divisor % 10);
  text[size++] = '\n';
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), size);
}

void on_signal(int signal) {
  say_seed();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

bool listen() {
#if VYRE_UNDER_SANITIZER
  // It takes the other signals itself, and says more about them.
  __sanitizer_set_death_callback(say_seed);
  std::signal(SIGABRT, on_signal);
#else
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    std::signal(signal, on_signal);
  }
#endif
  return true;
}

}  // namespace

void note_case(u64 seed) {
  [[maybe_unused]] static const bool kListening = listen();
  current_seed.store(seed);
}

}  // namespace vyre::oracle
