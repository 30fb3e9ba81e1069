#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// Reads whole blocks of a device once more. Where that fails for the sake of the blocks, they are
/// read one by one, and those that fail are zeros, as they are in slots (DeviceReads, which has
/// told of them). `read(first, target)` reads blocks from `first` on; `concerns(error)` says
/// whether other blocks may be readable. Error: what concerns the device, or the first where no
/// block of several can be read.
template <class Read, class Concerns>
Status read_blocks(u64 first, std::span<std::byte> target, u32 block_bytes, Read read,
                   Concerns concerns) {
  const Status whole = read(first, target);
  if (whole || !concerns(whole.error())) return whole;
  const std::size_t blocks = target.size() / block_bytes;
  std::size_t bad = 0;
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::span<std::byte> block = target.subspan(i * block_bytes, block_bytes);
    const Status one = read(first + i, block);
    if (one) continue;
    if (!concerns(one.error())) return one;
    std::fill(block.begin(), block.end(), std::byte{0});
    ++bad;
  }
  // Media seldom fail so; a device that is gone does.
  constexpr std::size_t kWholeRegion = 8;
  const bool all = bad == blocks && blocks >= kWholeRegion && whole.error().detail == EIO;
  return all ? whole : Status{};
}

}  // namespace vyre::ingest
