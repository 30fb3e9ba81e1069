#include "cuda_memory.hpp"
#include "machine.hpp"
#include "mailbox.hpp"
#include "measure.hpp"
#include "parts.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr int kWarmUp = 1000;
constexpr u64 kLaunches = 50'000;
constexpr u64 kNops = 10'000'000;

/// All samples of one way, and each repetition's median.
class Latency {
 public:
  template <class Function>
  void measure(int samples, Function function) {
    for (int i = 0; i < kWarmUp; ++i) function();
    std::vector<double> round;
    round.reserve(static_cast<std::size_t>(samples));
    for (int i = 0; i < samples; ++i) round.push_back(seconds_of(function));
    rounds_.push_back(percentiles_of(round));
    samples_.insert(samples_.end(), round.begin(), round.end());
  }
  /// Of the last repetition; seconds.
  [[nodiscard]] double last_median() const { return rounds_.back()["median"]; }
  [[nodiscard]] nlohmann::json report() const {
    nlohmann::json report = percentiles_of(samples_);
    std::vector<double> medians;
    std::vector<double> tails;
    for (const nlohmann::json& round : rounds_) {
      medians.push_back(round["median"]);
      tails.push_back(round["p999"]);
    }
    report["median_of_repetitions"] = spread_of(medians);
    report["p999_of_repetitions"] = spread_of(tails);
    return report;
  }

 private:
  std::vector<double> samples_;
  std::vector<nlohmann::json> rounds_;
};

}  // namespace

nlohmann::json measure_latency(const Options& options) {
  Machine machine(options.device);
  Mailbox mailbox;
  Latency own;
  Latency word;
  Latency launch;
  // What the machine does to a thread in as much time, though it waits for nothing but the clock.
  Latency clock;
  for (int round = 0; round < options.repetitions; ++round) {
    mailbox.start();
    word.measure(options.samples, [&] { mailbox.round_trip(); });
    mailbox.stop();
    launch.measure(options.samples, [] {
      launch_empty();
      cuda(cudaDeviceSynchronize());
    });
    machine.launch();
    own.measure(options.samples, [&] { machine.nop(); });
    machine.quiesce();
    clock.measure(options.samples, [length = own.last_median()] {
      const Clock::time_point start = Clock::now();
      while (seconds_since(start) < length) {
      }
    });
  }
  return {{"nop_slot", own.report()},
          {"mailbox", word.report()},
          {"launch_and_wait", launch.report()},
          {"clock", clock.report()}};
}

nlohmann::json measure_slot_rate(const Options& options) {
  Machine machine(options.device);
  std::vector<double> own;
  std::vector<double> launches;
  for (int round = -1; round < options.repetitions; ++round) {
    const double launched = seconds_of([] {
      for (u64 i = 0; i < kLaunches; ++i) launch_empty();
      cuda(cudaDeviceSynchronize());
    });
    machine.launch();
    machine.nops(Machine::kCapacity);
    const double done = seconds_of([&] { machine.nops(kNops); });
    machine.quiesce();
    if (round < 0) continue;
    own.push_back(static_cast<double>(kNops) / done);
    launches.push_back(static_cast<double>(kLaunches) / launched);
  }
  return {{"nop_slots_per_second", spread_of(own)},
          {"launches_per_second", spread_of(launches)},
          {"nops", kNops},
          {"launches", kLaunches}};
}

}  // namespace vyre::bench::gpu
