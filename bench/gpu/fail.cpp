#include "fail.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace vyre::bench::gpu {

void fail(const std::string& message) {
  fmt::print(stderr, "gpu benchmarks: {}\n", message);
  ::_exit(2);
}

void progress(const std::string& message) { fmt::print(stderr, "bench: {}\n", message); }

}  // namespace vyre::bench::gpu
