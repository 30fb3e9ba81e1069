#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

#include "tests/simulation/world.hpp"

// The long mode of the simulator; see docs/SIMULATION.md.
namespace {

using vyre::u64;

constexpr const char* kUsage =
    "usage: vyre_simulation [--from N] [--seeds COUNT] [--describe]\n"
    "Runs COUNT simulations, default 1, from seed N on, default 1; ends at the first broken "
    "invariant.\n";

struct Options {
  u64 from = 1;
  u64 seeds = 1;
  bool describe = false;
};

bool parse_number(std::string_view text, u64& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<Options> parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--describe") {
      options.describe = true;
      continue;
    }
    u64* const number = name == "--from"    ? &options.from
                        : name == "--seeds" ? &options.seeds
                                            : nullptr;
    if (number == nullptr || ++i == count || !parse_number(arguments[i], *number)) {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace

int main(int count, char** arguments) {
  const auto options = parse(count, arguments);
  if (!options) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  vyre::simulation::Coverage sum;
  for (u64 seed = options->from; seed < options->from + options->seeds; ++seed) {
    if (options->describe) {
      fmt::print("seed {}: {}\n", seed, vyre::simulation::describe(seed));
      std::fflush(stdout);
    }
    sum.add(vyre::simulation::simulate(seed));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print("{}simulate: {} seeds from {} in {:.1f} s, no invariant broken\n", sum.table(),
             options->seeds, options->from, took.count());
  return 0;
}
