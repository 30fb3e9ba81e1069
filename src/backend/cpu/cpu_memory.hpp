#pragma once

#include <atomic>
#include <memory>

#include "backend/backend.hpp"

namespace vyre::backend {

/// The memory that a CPU backend gives, and when it goes. A worker that hangs cannot be ended, and
/// may go on some day: what it could touch then stays mapped for as long as the process lives, and
/// nobody gets it again. Thread-safe. Lives as long as any piece.
class CpuMemory : public std::enable_shared_from_this<CpuMemory> {
 public:
  /// As Backend's.
  Result<SharedMemory> allocate_shared(std::size_t bytes) { return allocate<SharedMemory>(bytes); }
  Result<WorkerMemory> allocate_for_workers(std::size_t bytes) {
    return allocate<WorkerMemory>(bytes);
  }
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes);
  Result<PeerBuffer> map_peer_buffer(std::size_t bytes, const std::string& provider);

  /// Nothing of what was given so far will be released; what is given from now on will be.
  void abandon() noexcept { abandoned_.store(generation_.fetch_add(1)); }

 private:
  template <class Memory>
  Result<Memory> allocate(std::size_t bytes);
  memory::MappedBuffer keep(memory::MappedBuffer buffer);
  [[nodiscard]] bool is_abandoned(u64 generation) const noexcept {
    return generation <= abandoned_.load();
  }

  std::atomic<u64> generation_{1};
  /// The last whose pieces stay.
  std::atomic<u64> abandoned_{0};
};

}  // namespace vyre::backend
