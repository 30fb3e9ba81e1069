#include "backend/cpu/cpu_memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "memory/peer_memory.hpp"

namespace vyre::backend {

template <class Memory>
Result<Memory> CpuMemory::allocate(std::size_t bytes) {
  if (bytes == 0) return tl::unexpected(invalid_argument("an allocation of 0 bytes"));
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return tl::unexpected(syscall_error(fmt::format("mmap of {} bytes", bytes), errno,
                                        "free memory, or use fewer or smaller buffers"));
  }
  return Memory({static_cast<std::byte*>(memory), bytes},
                [self = shared_from_this(), generation = generation_.load()](auto released) {
                  if (self->is_abandoned(generation)) return;
                  ::munmap(released.data(), released.size());
                });
}

template Result<SharedMemory> CpuMemory::allocate(std::size_t bytes);
template Result<WorkerMemory> CpuMemory::allocate(std::size_t bytes);

memory::MappedBuffer CpuMemory::keep(memory::MappedBuffer buffer) {
  const std::span<std::byte> bytes = buffer.bytes();
  const memory::MemoryKind kind = buffer.kind();
  auto inner = std::make_shared<memory::MappedBuffer>(std::move(buffer));
  return memory::MappedBuffer::adopt(
      bytes, kind,
      [self = shared_from_this(), generation = generation_.load(), inner](std::span<std::byte>) {
        if (self->is_abandoned(generation)) static_cast<void>(inner->detach());
      });
}

Result<memory::MappedBuffer> CpuMemory::map_buffer(std::size_t bytes) {
  auto buffer = memory::MappedBuffer::anonymous(bytes);
  if (!buffer) return buffer;
  return keep(std::move(*buffer));
}

Result<PeerBuffer> CpuMemory::map_peer_buffer(std::size_t bytes, const std::string& provider) {
  auto buffer = memory::map_peer_memory(provider, bytes);
  if (!buffer) return tl::unexpected(std::move(buffer.error()));
  memory::MappedBuffer kept = keep(std::move(*buffer));
  const std::span<std::byte> all = kept.bytes();
  return PeerBuffer{std::move(kept), all};
}

}  // namespace vyre::backend
