// How fairly tenants share a machine that all of them keep busy, and what a quiet one feels of a
// noisy one. Prints a table: median (least..greatest) of the repetitions.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda/cuda_backend.hpp"
#include "base/units.hpp"
#include "flood.hpp"
#include "vyre/program_builder.hpp"

namespace vyre::bench::tenants {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr u32 kMostTiles = 8;
constexpr u32 kTenants = 8;
constexpr u32 kInterpretedPasses = 2000;

/// What keeps all workers of a machine busy.
struct Load {
  /// Slots of each queue.
  u32 capacity;
  /// Times that each tile is counted.
  u32 passes;
};
// A few workers are busy with a few slots. A device has about five hundred, and it takes heavy
// slots that one producer's thread keeps up with them.
constexpr Load kCpuLoad{16, 1};
constexpr Load kCudaLoad{512, 64};

struct Options {
  bool cuda = false;
  u32 workers = std::max(1u, std::thread::hardware_concurrency() / 2);
  u32 repetitions = 5;
  std::chrono::milliseconds time{1000};
};

/// What the tenants' programs do with a tile.
enum class Work : u8 {
  /// Count its bytes, as fast as the machine can: on a device, workers of a multiprocessor share
  /// what bounds that, so that one alone is faster than one of four.
  kCount,
  /// Interpret one instruction after the other: each waits for its own last result, most of all.
  kInterpret,
};

VerifiedProgram make_program(Work work, const Load& load) {
  ProgramBuilder builder;
  if (work == Work::kCount) {
    const auto counts = builder.result("bytes", Combine::kSum, 256);
    builder.loop(load.passes, [&] { builder.histogram(counts); });
  } else {
    constexpr ScalarRegister sum{0};
    builder.constant(sum, 0);
    builder.loop(kInterpretedPasses,
                 [&] { builder.scalar(ScalarImmediateOperation::kAdd, sum, sum, 1); });
  }
  builder.halt();
  return expect(verify(builder.build()));
}

/// A megakernel with tenants, each with the same programs, and memory to run them over.
class Machine {
 public:
  explicit Machine(const Options& options) {
    const Load load = options.cuda ? kCudaLoad : kCpuLoad;
    auto backend = options.cuda ? expect(backend::make_cuda_backend({}))
                                : expect(backend::make_cpu_backend({.workers = options.workers}));
    kernel_ = expect(backend::Megakernel::create(
        std::move(backend), {.queues = kTenants, .queue_capacity = load.capacity, .tenants = 0}));
    buffer_ = std::make_unique<memory::MappedBuffer>(
        expect(kernel_->map_buffer(std::size_t{kMostTiles} * kTileBytes)));
    region_ = expect(kernel_->add_region(buffer_->bytes(), kTenants * load.capacity, 0));
    for (u32 tenant = 0; tenant < kTenants; ++tenant) expect(kernel_->register_tenant());
    for (const Work work : {Work::kCount, Work::kInterpret}) {
      const VerifiedProgram program = make_program(work, load);
      for (u32 tenant = 0; tenant < kTenants; ++tenant) {
        opcodes_[static_cast<std::size_t>(work)][tenant] = expect(kernel_->load(program, tenant));
      }
    }
    expect(kernel_->launch());
  }
  /// Lets the first `count` tenants run, no others.
  void admit(u32 count) {
    for (u32 tenant = 0; tenant < kTenants; ++tenant) {
      expect(tenant < count ? kernel_->authorise(tenant) : kernel_->hold(tenant));
    }
  }
  Flood flood(u32 queue, u32 tenant, u32 tiles, Work work = Work::kCount) {
    return {*kernel_, queue, tenant, opcodes_[static_cast<std::size_t>(work)][tenant],
            region_,  tiles};
  }

 private:
  std::unique_ptr<memory::MappedBuffer> buffer_;
  std::unique_ptr<backend::Megakernel> kernel_;
  backend::Region region_;
  std::array<std::array<u32, kTenants>, 2> opcodes_;
};

/// (sum of x)^2 / (n * sum of x^2): 1 where all are equal, 1 / n where one has all.
double jain(const std::vector<double>& values) {
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  return sum * sum / (static_cast<double>(values.size()) * squares);
}

/// What has ended of each tenant's, in tiles.
std::vector<double> tiles_of(const std::vector<Flood>& floods, u32 tenants) {
  std::vector<double> tiles(tenants);
  for (const Flood& flood : floods) tiles[flood.tenant()] += static_cast<double>(flood.tiles());
  return tiles;
}

/// All tenants keep their queues full; tenant t's slots have tiles[t] tiles and queues[t] queues.
double share(Machine& machine, const Options& options, const std::vector<u32>& tiles,
             const std::vector<u32>& owners) {
  const u32 tenants = static_cast<u32>(tiles.size());
  machine.admit(tenants);
  std::vector<Flood> floods;
  for (u32 queue = 0; queue < owners.size(); ++queue) {
    floods.push_back(machine.flood(queue, owners[queue], tiles[owners[queue]]));
  }
  const auto run_until = [&](Clock::time_point end) {
    while (Clock::now() < end) {
      u32 ended = 0;
      for (Flood& flood : floods) ended += flood.turn();
      if (ended == 0) std::this_thread::sleep_for(20us);
    }
  };
  run_until(Clock::now() + options.time / 10);
  std::vector<double> tiles_before = tiles_of(floods, tenants);
  run_until(Clock::now() + options.time);
  std::vector<double> used = tiles_of(floods, tenants);
  for (u32 tenant = 0; tenant < tenants; ++tenant) used[tenant] -= tiles_before[tenant];
  for (Flood& flood : floods) flood.drain();
  return jain(used);
}

/// The 99th percentile of a quiet tenant's round trips, microseconds.
double quiet_p99(Flood& quiet, std::chrono::milliseconds time) {
  std::vector<double> samples;
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    const auto begun = Clock::now();
    quiet.one();
    samples.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
    std::this_thread::sleep_for(100us);
  }
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() * 99 / 100);
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

/// How many times as great p99 is beside a tenant that keeps `queues` queues full.
double noise(Machine& machine, const Options& options, u32 queues, Work work) {
  machine.admit(2);
  Flood quiet = machine.flood(0, 0, 1, work);
  const double alone = quiet_p99(quiet, options.time);
  std::atomic<bool> stop{false};
  std::thread noisy([&] {
    std::vector<Flood> floods;
    for (u32 i = 0; i < queues; ++i) floods.push_back(machine.flood(1 + i, 1, 1, work));
    while (!stop.load(std::memory_order_relaxed)) {
      u32 ended = 0;
      for (Flood& flood : floods) ended += flood.turn();
      if (ended == 0) std::this_thread::sleep_for(20us);
    }
    for (Flood& flood : floods) flood.drain();
  });
  std::this_thread::sleep_for(options.time / 10);
  const double beside = quiet_p99(quiet, options.time);
  stop = true;
  noisy.join();
  return beside / alone;
}

template <class Measure>
void row(std::string_view what, u32 repetitions, Measure measure) {
  std::vector<double> values;
  for (u32 i = 0; i < repetitions; ++i) values.push_back(measure());
  std::sort(values.begin(), values.end());
  fmt::print("| {} | {:.4f} ({:.4f}..{:.4f}) |\n", what, values[values.size() / 2], values.front(),
             values.back());
  std::fflush(stdout);
}

void measure(const Options& options) {
  Machine machine(options);
  const std::vector<u32> equal(kTenants, 2);
  const std::vector<u32> own{0, 1, 2, 3, 4, 5, 6, 7};
  fmt::print("| what | median (extremes) of {} |\n|---|---|\n", options.repetitions);
  row("Jain's index of 8 tenants, equal slots", options.repetitions,
      [&] { return share(machine, options, equal, own); });
  row("Jain's index of 8 tenants, slots of 1 to 8 tiles", options.repetitions, [&] {
    return share(machine, options, {1, 2, 3, 4, 5, 6, 7, 8}, own);
  });
  row("Jain's index of 4 tenants, one of them with 5 queues", options.repetitions, [&] {
    return share(machine, options, {2, 2, 2, 2}, {0, 0, 0, 0, 0, 1, 2, 3});
  });
  row("a quiet tenant's p99 beside a noisy one with 1 queue, to its p99 alone", options.repetitions,
      [&] { return noise(machine, options, 1, Work::kCount); });
  row("the same, noisy one with 7 queues", options.repetitions,
      [&] { return noise(machine, options, 7, Work::kCount); });
  row("the same, both interpreted", options.repetitions,
      [&] { return noise(machine, options, 7, Work::kInterpret); });
}

u32 number(std::string_view text) {
  u32 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
    fail(invalid_argument(fmt::format("'{}'", text), "give a number of 1 or more"));
  }
  return value;
}

Options read_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--cuda") {
      options.cuda = true;
      continue;
    }
    const std::string_view value = i + 1 < count ? arguments[++i] : "";
    if (name == "--workers") {
      options.workers = number(value);
    } else if (name == "--repetitions") {
      options.repetitions = number(value);
    } else if (name == "--milliseconds") {
      options.time = std::chrono::milliseconds(number(value));
    } else {
      fail(invalid_argument(fmt::format("there is no option '{}'", name),
                            "use --cuda, --workers, --repetitions or --milliseconds"));
    }
  }
  return options;
}

}  // namespace
}  // namespace vyre::bench::tenants

int main(int count, char** arguments) {
  using namespace vyre::bench::tenants;
  measure(read_options(count, arguments));
  return 0;
}
