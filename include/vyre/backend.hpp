#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vyre {

/// The machine that runs programs.
enum class BackendKind : std::uint8_t {
  /// A CUDA device where this build, the driver and the machine have one; else the CPU.
  kAuto,
  /// Worker threads of this process.
  kCpu,
  /// A persistent kernel on an NVIDIA GPU.
  kCuda,
};

struct BackendChoice {
  BackendKind kind = BackendKind::kAuto;
  /// Which CUDA device: its index ("0"), or its UUID as nvidia-smi prints it ("GPU-..."), or the
  /// beginning of one that no other device shares. Empty: the first. Not looked at for kCpu.
  std::string device = {};
  /// How long a worker may be busy with one tile before it counts as hung; 10 ms or more. A tile
  /// that costs all the fuel it may have takes far less than the default.
  std::chrono::nanoseconds hang_after = std::chrono::seconds(30);
};

/// What a session runs on.
struct BackendDescription {
  /// Never kAuto.
  BackendKind kind = BackendKind::kCpu;
  /// "cpu", or the device's name: "NVIDIA H200".
  std::string name = {};
  /// "GPU-..."; empty for the CPU.
  std::string uuid = {};
  /// Where kAuto chose the CPU: why no device could be used.
  std::string reason = {};
};

}  // namespace vyre
