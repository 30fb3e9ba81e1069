#pragma once

#include <cstddef>

#include "backend/cuda/released_pieces.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// Asks CUDA for `size` bytes on the current device, aligned to `alignment` (a power of two of at
/// most 2 MiB, which divides `size`). Device and shared memory come as CUDA left them, a buffer's
/// pages zero and resident. Does not wait for a running kernel. Unavailable or Syscall where memory
/// is short.
Result<CudaPiece> make_cuda_piece(CudaPieceKind kind, std::size_t size, std::size_t alignment);

/// Gives it back to CUDA, which waits for kernels that run on the device. What CUDA does not take
/// back (the device is broken) stays mapped.
void free_cuda_piece(const CudaPiece& piece) noexcept;

}  // namespace vyre::backend
