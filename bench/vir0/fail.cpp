#include "fail.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace vyre::bench {

void fail(const std::string& message) {
  fmt::print(stderr, "vir0_benchmarks: {}\n", message);
  std::exit(2);
}

}  // namespace vyre::bench
