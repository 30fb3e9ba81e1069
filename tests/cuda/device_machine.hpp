#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/reference_run.hpp"

// Runs chunks on a CUDA device: the kernel's own source, compiled for it, a thread block per chunk.
// No ring and no persistent kernel: what is compared is the meaning of programs.
namespace vyre::testing {

struct DeviceChunk {
  std::string_view bytes;
  OwnPart own;
  /// The window is that of all chunks, so this one's is not looked at.
  ChunkOptions options;
  /// Its bytes begin as many bytes after a multiple of 64.
  u32 shift = 0;
};

/// Whose macro-instructions: those of every machine, or those of the CUDA backend.
enum class DeviceRoutines { kPortable, kCuda };

struct PlacedChunk;

class DeviceMachine {
 public:
  /// Why no chunk can run on this machine; empty where one can.
  static std::string missing();

  explicit DeviceMachine(DeviceRoutines routines);
  ~DeviceMachine();
  DeviceMachine(const DeviceMachine&) = delete;
  DeviceMachine& operator=(const DeviceMachine&) = delete;

  /// Runs all chunks at once, sharing one window, which is read before and written after. Aborts
  /// where the device fails, or where a byte around the buffers that a run may write has changed.
  std::vector<ChunkRun> run(const ProgramImage& program, std::span<const DeviceChunk> chunks,
                            std::span<u32> window);

 private:
  struct Memory;
  void run_all(const kernel::ProgramView& program, std::span<const DeviceChunk> chunks,
               std::span<const PlacedChunk> placed, std::size_t work_at);

  DeviceRoutines routines_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace vyre::testing
