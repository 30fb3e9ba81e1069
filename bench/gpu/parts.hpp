#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace vyre::bench::gpu {

struct Options {
  /// See BackendChoice::device.
  std::string device;
  int repetitions = 5;
  /// Of a latency, per repetition.
  int samples = 20000;
  /// Data in device memory.
  std::size_t device_mebibytes = 8192;
  std::string rules;
  /// Folders of program texts.
  std::string examples;
  std::string programs;
  /// Files to be streamed.
  std::vector<std::string> files;
  std::uint32_t rings = 12;
};

// One part of the suite each; figures in seconds and bytes, each of ours beside its yardstick. They
// end the process where an answer is wrong.

nlohmann::json measure_latency(const Options& options);
nlohmann::json measure_slot_rate(const Options& options);
nlohmann::json measure_ingest(const Options& options);
nlohmann::json measure_device_tasks(const Options& options);
nlohmann::json measure_pauses(const Options& options);
nlohmann::json measure_power(const Options& options);

}  // namespace vyre::bench::gpu
