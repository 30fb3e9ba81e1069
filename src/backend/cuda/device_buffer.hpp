#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "backend/backend.hpp"
#include "backend/cuda/cuda_memory.hpp"
#include "base/owned_fd.hpp"
#include "memory/mapped_buffer.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// Device memory that other drivers may reach: files can be read into it without a copy in host
/// memory, where the machine can do that. Move-only, not thread-safe.
///
/// The memory is freed when the buffer and every mapping of it are gone and no persistent kernel
/// runs; the kernel keeps it beyond that while a dma-buf of it is open, and nobody else gets it.
class DeviceBuffer {
 public:
  /// Zeroed; `bytes` (1 or more) rounded up to 2 MiB. Errors as CudaMemory::allocate_exportable.
  static Result<DeviceBuffer> create(std::shared_ptr<CudaMemory> memory, std::size_t bytes);

  /// Device addresses: not to be dereferenced by the host.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return device_->bytes(); }

  /// A dma-buf of the whole buffer, closed on exec. Unavailable where driver or device do not
  /// export any.
  [[nodiscard]] Result<base::OwnedFd> export_dma_buf() const;

  /// The whole buffer, mapped into this process through PCI, kind kPeerMapped: for plain O_DIRECT
  /// reads, not for fixed ones. Slow to load from. Unavailable, with the reason, where the driver
  /// maps no device memory.
  [[nodiscard]] Result<memory::MappedBuffer> map_peer() const;

 private:
  DeviceBuffer(std::shared_ptr<CudaMemory> memory, WorkerMemory device);

  std::shared_ptr<CudaMemory> memory_;
  /// Shared with the mappings, which must not outlive it.
  std::shared_ptr<const WorkerMemory> device_;
};

}  // namespace vyre::backend
