#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cuda_memory.hpp"
#include "wire/platform.hpp"

namespace vyre::bench::gpu {

struct CopyShape {
  unsigned threads = 1;
  std::size_t piece_bytes = 0;
  /// A thread that waits for a copy sleeps; else it spins.
  bool sleeps = false;
};

/// What one would write without this project: threads that each pread into two pinned buffers in
/// turn and copy them to the device.
class CopyYardstick {
 public:
  explicit CopyYardstick(const CopyShape& shape);
  ~CopyYardstick();
  CopyYardstick(const CopyYardstick&) = delete;
  CopyYardstick& operator=(const CopyYardstick&) = delete;

  /// Reads all files whole and returns their bytes, when the last is on the device.
  u64 run(const std::vector<std::string>& files);

 private:
  struct Lane;
  struct Piece {
    int file;
    u64 offset;
    std::size_t length;
  };
  void work(Lane& lane, const std::vector<Piece>& pieces, std::atomic<std::size_t>& next);

  CopyShape shape_;
  int device_ = 0;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace vyre::bench::gpu
