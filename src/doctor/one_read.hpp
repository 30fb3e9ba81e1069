#pragma once

#include <chrono>
#include <memory>

#include "memory/mapped_buffer.hpp"
#include "uring/io_uring.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {

/// What the first read of a device may take at most, bytes: no block is larger.
inline constexpr u32 kTriedBytes = 64 * 1024;

/// A ring, and memory that is registered with it.
struct RegisteredRing {
  memory::MappedBuffer buffer;
  std::unique_ptr<uring::IoUring> ring;
};

/// With kTriedBytes of memory; with wide entries it takes NVMe commands. Errors: the ring's.
Result<RegisteredRing> registered_ring(bool wide_entries);

/// How long a device may take for one read before it counts as one that does not answer.
inline constexpr std::chrono::seconds kReadTimeout{5};

/// Queues `submission` alone and waits for its completion. Errors: the ring's; Unavailable where
/// none comes in kReadTimeout (the ring's end then cancels it).
Result<uring::Completion> one_read(uring::Ring& ring, const uring::Submission& submission);

}  // namespace vyre::doctor
