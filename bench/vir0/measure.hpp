#pragma once

#include <time.h>

#include <algorithm>
#include <vector>

namespace vyre::bench {

/// Of repeated times, in seconds.
struct Spread {
  double median;
  double least;
  double most;
};

/// `seconds` has at least one element.
inline Spread spread_of(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return {seconds[seconds.size() / 2], seconds.front(), seconds.back()};
}

/// Seconds that this thread has spent on its core: others that share the core do not count.
inline double thread_seconds() {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seconds of this thread that one call takes.
template <class Function>
double seconds_of(Function function) {
  const double start = thread_seconds();
  function();
  return thread_seconds() - start;
}

}  // namespace vyre::bench
