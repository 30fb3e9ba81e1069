#pragma once

#include <cstdint>

namespace vyre {

/// How a file of more than one chunk is read. Files that fit a slot always go through the page
/// cache.
enum class IoPolicy : std::uint8_t {
  /// Past the page cache (O_DIRECT) where the file is large and mostly not in it; buffered where
  /// the file system refuses that.
  kAuto,
  /// Always through the page cache.
  kBuffered,
  /// Past the page cache; an error per file where the file system refuses.
  kDirect,
};

}  // namespace vyre
