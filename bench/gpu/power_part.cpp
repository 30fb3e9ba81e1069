#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <stop_token>
#include <thread>

#include "cuda_memory.hpp"
#include "fail.hpp"
#include "machine.hpp"
#include "measure.hpp"
#include "parts.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr int kSamples = 5;
constexpr std::chrono::milliseconds kSettle{1500};
constexpr std::chrono::milliseconds kBetween{100};

/// Watts and megahertz that nvidia-smi tells; ends the process where it does not.
std::pair<double, double> sample(const std::string& device) {
  const std::string command = fmt::format(
      "nvidia-smi -i {} --query-gpu=power.draw.instant,clocks.sm --format=csv,noheader,nounits",
      device.empty() ? "0" : device);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  double watts = 0;
  double megahertz = 0;
  if (!pipe || std::fscanf(pipe.get(), "%lf, %lf", &watts, &megahertz) != 2) {
    fail("nvidia-smi does not tell power and clock");
  }
  return {watts, megahertz};
}

nlohmann::json samples(const Options& options) {
  std::this_thread::sleep_for(kSettle);
  std::vector<double> watts;
  std::vector<double> megahertz;
  for (int i = 0; i < kSamples; ++i) {
    const auto [power, clock] = sample(options.device);
    watts.push_back(power);
    megahertz.push_back(clock);
    std::this_thread::sleep_for(kBetween);
  }
  return {{"watts", spread_of(watts)}, {"megahertz", spread_of(megahertz)}};
}

}  // namespace

nlohmann::json measure_power(const Options& options) {
  Machine machine(options.device);
  nlohmann::json report;
  report["no kernel"] = samples(options);
  machine.launch();
  machine.nop();
  report["persistent kernel, idle for more than 1 s"] = samples(options);
  {
    const std::jthread busy([&machine](const std::stop_token& stop) {
      while (!stop.stop_requested()) machine.nops(100'000);
    });
    report["persistent kernel, NOP slots all the time"] = samples(options);
  }
  machine.quiesce();
  return report;
}

}  // namespace vyre::bench::gpu
