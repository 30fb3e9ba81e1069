#include "doctor/one_read.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace vyre::doctor {

Result<RegisteredRing> registered_ring(bool wide_entries) {
  auto buffer = memory::MappedBuffer::anonymous(kTriedBytes);
  if (!buffer) return tl::unexpected(std::move(buffer.error()));
  auto ring = uring::IoUring::create({.entries = 4, .file_slots = 0, .wide_entries = wide_entries});
  if (!ring) return tl::unexpected(std::move(ring.error()));
  auto region = buffer->region(0, buffer->size());
  if (!region) return tl::unexpected(std::move(region.error()));
  if (const Status held = (*ring)->register_buffer(std::move(*region)); !held) {
    return tl::unexpected(held.error());
  }
  return RegisteredRing{std::move(*buffer), std::move(*ring)};
}

Result<uring::Completion> one_read(uring::Ring& ring, const uring::Submission& submission) {
  const auto deadline = std::chrono::steady_clock::now() + kReadTimeout;
  ring.queue(submission);
  std::array<uring::Completion, 1> completions;
  while (true) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    if (const Status waited = ring.wait(left); !waited) return tl::unexpected(waited.error());
    const auto reaped = ring.reap(completions);
    if (!reaped) return tl::unexpected(reaped.error());
    if (*reaped != 0) return completions[0];
  }
  return tl::unexpected(
      unavailable(fmt::format("a read had not completed after {} s", kReadTimeout.count()),
                  "see what the kernel says of the device (`dmesg`)"));
}

}  // namespace vyre::doctor
