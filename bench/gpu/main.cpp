// The part of `scripts/gpu bench` that measures inside one process. Writes one JSON object. Ends
// with status 2 where an answer is wrong or the device cannot be used.
//
//   vyre_gpu_benchmarks --out FILE --examples FOLDER --programs FOLDER --rules FILE
//                       [--only PART]... [--file FILE]... [--device DEVICE] [--rings N]
//                       [--repetitions N] [--samples N] [--device-mebibytes N]

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "backend/cuda/cuda_devices.hpp"
#include "cuda_memory.hpp"
#include "fail.hpp"
#include "parts.hpp"

namespace vyre::bench::gpu {
namespace {

struct Part {
  const char* name;
  nlohmann::json (*measure)(const Options& options);
};
constexpr Part kParts[] = {{"latency", measure_latency}, {"slots", measure_slot_rate},
                           {"pause", measure_pauses},    {"device", measure_device_tasks},
                           {"ingest", measure_ingest},   {"power", measure_power}};

nlohmann::json describe(const backend::CudaDevice& device) {
  return {{"name", device.name},
          {"uuid", device.uuid},
          {"compute_capability", device.compute_capability},
          {"multiprocessors", device.multiprocessors},
          {"memory_bytes", device.memory_bytes},
          {"newest_cuda", device.driver_version}};
}

int run(const Options& options, const std::vector<std::string>& only, const std::string& out) {
  const auto devices = expect(backend::cuda_devices());
  const backend::CudaDevice device = expect(backend::choose_cuda_device(devices, options.device));
  // The yardsticks run where the megakernel runs.
  cuda(cudaSetDevice(device.index));
  nlohmann::json report{{"gpu", describe(device)}, {"repetitions", options.repetitions}};
  for (const Part& part : kParts) {
    if (!only.empty() && std::find(only.begin(), only.end(), part.name) == only.end()) continue;
    progress(part.name);
    report[part.name] = part.measure(options);
  }
  std::ofstream file(out);
  file << report.dump(1) << "\n";
  if (!file.flush()) fail(out + " cannot be written");
  return 0;
}

}  // namespace
}  // namespace vyre::bench::gpu

int main(int argc, char** argv) {
  vyre::bench::gpu::Options options;
  std::vector<std::string> only;
  std::string out;
  CLI::App app{"The megakernel on a GPU beside its yardsticks"};
  app.add_option("--out", out)->required();
  app.add_option("--examples", options.examples)->required();
  app.add_option("--programs", options.programs)->required();
  app.add_option("--rules", options.rules)->required();
  app.add_option("--only", only, "latency, slots, pause, device, ingest, power; default: all")
      ->check(CLI::IsMember({"latency", "slots", "pause", "device", "ingest", "power"}));
  app.add_option("--file", options.files, "what the part ingest streams");
  app.add_option("--device", options.device);
  app.add_option("--rings", options.rings)->check(CLI::Range(1, 256));
  app.add_option("--repetitions", options.repetitions)->check(CLI::Range(1, 1000));
  app.add_option("--samples", options.samples)->check(CLI::Range(1, 10'000'000));
  app.add_option("--device-mebibytes", options.device_mebibytes)->check(CLI::Range(64, 32768));
  CLI11_PARSE(app, argc, argv);
  return vyre::bench::gpu::run(options, only, out);
}
