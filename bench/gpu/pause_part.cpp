#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "cuda_memory.hpp"
#include "device_program.hpp"
#include "fail.hpp"
#include "machine.hpp"
#include "measure.hpp"
#include "parts.hpp"
#include "vyre/program_text.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr int kTimes = 25;
constexpr int kCompilations = 10;
constexpr std::size_t kRegionBytes = std::size_t{64} << 20;
constexpr u32 kOutcomes = 64;
constexpr u32 kRecords = 16384;

/// Times by name; every one is taken `kTimes` times.
class Times {
 public:
  template <class Function>
  auto measure(const std::string& name, Function function) {
    const Clock::time_point start = Clock::now();
    auto result = function();
    add(name, seconds_since(start));
    return result;
  }
  void add(const std::string& name, double seconds) { values_[name].push_back(seconds); }
  [[nodiscard]] nlohmann::json report() const {
    nlohmann::json report = nlohmann::json::object();
    for (const auto& [name, values] : values_) report[name] = spread_of(values);
    return report;
  }

 private:
  std::map<std::string, std::vector<double>> values_;
};

/// Publishes NOPs one after the other, and keeps the time of the one that took longest.
class LongestNop {
 public:
  explicit LongestNop(Machine& machine)
      : thread_([this, &machine] {
          while (!stop_) {
            const double seconds = seconds_of([&] { machine.nop(); });
            longest_ = std::max(longest_, seconds);
          }
        }) {}
  double stop() {
    stop_ = true;
    thread_.join();
    return longest_;
  }

 private:
  std::atomic<bool> stop_{false};
  double longest_ = 0;
  std::thread thread_;
};

/// The example with a constant that makes it a program of its own, which nobody has compiled.
VerifiedProgram fresh_program(const std::string& path, int number) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.insert(text.find("  halt"), fmt::format("  s.const any, {}\n", 1'000'000 + number));
  return expect(verify(expect(assemble(text))));
}

}  // namespace

nlohmann::json measure_pauses(const Options& options) {
  DeviceArray<std::byte> data(kRegionBytes);
  Machine machine(options.device);
  backend::Megakernel& kernel = machine.kernel();
  const VerifiedProgram program = read_program(options.examples + "/crc32c.vasm");
  Times times;
  machine.launch();
  for (int i = 0; i < kTimes; ++i) {
    machine.nop();
    const Clock::time_point start = Clock::now();
    times.add("quiesce", seconds_of([&] { machine.quiesce(); }));
    times.add("launch", seconds_of([&] { machine.launch(); }));
    machine.nop();
    times.add("quiesce, launch and the first NOP done", seconds_since(start));
  }
  for (int i = 0; i < kTimes; ++i) {
    expect(times.measure("load of a program, running", [&] { return kernel.load(program, 0); }));
    machine.nop();
    {
      auto region = times.measure("add_region of 64 MiB, running", [&] {
        return kernel.add_region({data.data(), data.size()}, kOutcomes, kRecords);
      });
      machine.nop();
      const backend::Region held = expect(std::move(region));
      const auto buffer = expect(times.measure("map_buffer of 64 MiB, running",
                                               [&] { return kernel.map_buffer(kRegionBytes); }));
      machine.nop();
    }
    // What was released while the kernel ran goes now.
    times.add("quiesce, with that region and buffer to free",
              seconds_of([&] { machine.quiesce(); }));
    machine.launch();
    machine.nop();
  }
  for (int i = 0; i < kCompilations; ++i) {
    const VerifiedProgram fresh = fresh_program(options.examples + "/field_filter.vasm", i);
    LongestNop nops(machine);
    expect(times.measure("load of a program, compiled, running",
                         [&] { return kernel.load(fresh, 1); }));
    times.add("longest NOP meanwhile", nops.stop());
  }
  machine.quiesce();
  return times.report();
}

}  // namespace vyre::bench::gpu
