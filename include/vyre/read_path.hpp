#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vyre {

/// How bytes get from a file or device to the slot.
enum class ReadPath : std::uint8_t {
  /// READ_FIXED into a registered mapping.
  kRegisteredMappedRead = 0,
  /// An NVMe read command through the kernel's driver, into the process's own memory.
  kNvmePassthrough = 1,
  /// Into peer device memory: an NVMe read command, or a read past the page cache.
  kNvmePeer = 2,
  /// A read into memory that is not registered with the ring.
  kUnregisteredRead = 3,
};
inline constexpr std::size_t kReadPaths = 4;

/// "registered-mapped-read", "nvme-passthrough", "nvme-peer", "unregistered-read".
std::string_view to_string(ReadPath path) noexcept;

/// Which path sources are to be read by. All but kAuto are promises: a source that cannot be read
/// so is an error with the reason, and never goes another way.
enum class PathChoice : std::uint8_t {
  /// The best that each source and the machine offer; why no better one was taken is in the
  /// certificate.
  kAuto,
  /// Reads into registered memory, past the page cache or through it as IoPolicy says.
  kMapped,
  /// NVMe read commands: namespaces only.
  kPassthrough,
  /// Into peer memory: NVMe read commands, or reads past the page cache.
  kPeer,
};

/// "auto", "mapped", "passthrough", "peer".
std::string_view to_string(PathChoice choice) noexcept;

}  // namespace vyre
