#pragma once

#include <liburing.h>

#include "uring/ring.hpp"

namespace vyre::uring {

constexpr bool is_command(Operation operation) noexcept {
  return operation == Operation::kNvmeRead || operation == Operation::kNvmeReadFixed;
}

/// Fills the entry, but for user data and flags of order (link, skip). A command needs an entry of
/// 128 bytes; any other operation writes the first 64 alone.
void prepare(io_uring_sqe* sqe, const Submission& submission);

}  // namespace vyre::uring
