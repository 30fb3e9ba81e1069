#pragma once

#include <cstdint>

namespace vyre {

/// How a file of more than one chunk, or a block device, is read. Files that fit a slot go through
/// the page cache, whatever the policy; NVMe commands never do.
enum class IoPolicy : std::uint8_t {
  /// Past the page cache (O_DIRECT) where the file is large and mostly not in it, and for every
  /// block device; buffered where that is refused.
  kAuto,
  /// Always through the page cache; then no NVMe commands are sent to block devices either, unless
  /// PathChoice names them.
  kBuffered,
  /// Past the page cache; an error per file or device where that is refused.
  kDirect,
};

}  // namespace vyre
