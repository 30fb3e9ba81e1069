#include "backend/cuda/cuda_piece.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "backend/cuda/cuda_error.hpp"
#include "base/check.hpp"
#include "base/checked.hpp"
#include "memory/mapped_buffer.hpp"

namespace vyre::backend {
namespace {

constexpr std::size_t kPage = 4096;

std::byte* aligned(std::byte* base, std::size_t alignment) {
  const auto address = reinterpret_cast<std::uintptr_t>(base);
  return base + (base::align_up<std::uintptr_t>(address, alignment) - address);
}

Result<CudaPiece> make_shared(std::size_t size, std::size_t alignment) {
  void* memory = nullptr;
  const cudaError_t error =
      cudaHostAlloc(&memory, size + alignment, cudaHostAllocMapped | cudaHostAllocPortable);
  if (error != cudaSuccess) {
    return tl::unexpected(cuda_error(error, fmt::format("cudaHostAlloc of {} bytes", size),
                                     "free memory, or use fewer or smaller buffers"));
  }
  auto* const base = static_cast<std::byte*>(memory);
  return CudaPiece{CudaPieceKind::kShared, base, {aligned(base, alignment), size}};
}

// cudaMalloc promises an alignment of 256 bytes only.
Result<CudaPiece> make_device(CudaPieceKind kind, std::size_t size, std::size_t alignment) {
  void* memory = nullptr;
  const cudaError_t error = cudaMalloc(&memory, size + alignment);
  if (error != cudaSuccess) {
    return tl::unexpected(
        cuda_error(error, fmt::format("cudaMalloc of {} bytes", size + alignment),
                   "free device memory: end other programs on the GPU, or use fewer or smaller "
                   "programs, tables and buffers"));
  }
  auto* const base = static_cast<std::byte*>(memory);
  return CudaPiece{kind, base, {aligned(base, alignment), size}};
}

Status populate(std::span<std::byte> pages) {
  int result = 0;
  do {
    result = ::madvise(pages.data(), pages.size(), MADV_POPULATE_WRITE);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return {};
  if (errno != EINVAL) {
    return tl::unexpected(syscall_error(fmt::format("populating {} bytes", pages.size()), errno,
                                        "free memory, or use fewer or smaller buffers"));
  }
  // Kernels before 5.14 do not know the request.
  for (std::size_t at = 0; at < pages.size(); at += kPage) {
    *const_cast<volatile std::byte*>(&pages[at]) = std::byte{0};
  }
  return {};
}

Result<CudaPiece> make_buffer(std::size_t size) {
  auto pages = memory::MappedBuffer::anonymous(size);
  if (!pages) return tl::unexpected(std::move(pages.error()));
  // Before the pinning, so that the pages are huge where they can be.
  if (Status populated = populate(pages->bytes()); !populated) {
    return tl::unexpected(std::move(populated.error()));
  }
  const cudaError_t error = cudaHostRegister(pages->data(), pages->size(),
                                             cudaHostRegisterMapped | cudaHostRegisterPortable);
  if (error != cudaSuccess) {
    return tl::unexpected(cuda_error(error, fmt::format("cudaHostRegister of {} bytes", size),
                                     "use fewer or smaller buffers, or raise `ulimit -l`"));
  }
  const std::span<std::byte> registered = pages->detach();
  return CudaPiece{CudaPieceKind::kBuffer, registered.data(), registered};
}

}  // namespace

Result<CudaPiece> make_cuda_piece(CudaPieceKind kind, std::size_t size, std::size_t alignment) {
  switch (kind) {
    case CudaPieceKind::kShared:
      return make_shared(size, alignment);
    case CudaPieceKind::kWorkers:
    case CudaPieceKind::kExportable:
      return make_device(kind, size, alignment);
    case CudaPieceKind::kBuffer:
      return make_buffer(size);
  }
  VYRE_CHECK(false);
}

void free_cuda_piece(const CudaPiece& piece) noexcept {
  switch (piece.kind) {
    case CudaPieceKind::kShared:
      static_cast<void>(cudaFreeHost(piece.base));
      return;
    case CudaPieceKind::kWorkers:
    case CudaPieceKind::kExportable:
      static_cast<void>(cudaFree(piece.base));
      return;
    case CudaPieceKind::kBuffer:
      if (cudaHostUnregister(piece.base) == cudaSuccess) {
        ::munmap(piece.base, piece.bytes.size());
      }
      return;
  }
}

}  // namespace vyre::backend
