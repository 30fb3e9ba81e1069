#pragma once

#include <memory>
#include <span>
#include <string>

#include "memory/mapped_buffer.hpp"
#include "uring/ring.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {

/// Something whose beginning can be read into memory of any kind.
class PeerSource {
 public:
  virtual ~PeerSource() = default;
  /// "an NVMe read of the first 65536 bytes of /dev/ng0n1".
  [[nodiscard]] virtual std::string told() const = 0;
  /// Into ordinary memory of kTriedBytes, without a ring; how many bytes came.
  virtual Result<std::size_t> read_ordinary(std::span<std::byte> target) const = 0;
  /// Into peer memory of kTriedBytes, through a ring of wide entries; how many bytes came.
  virtual Result<std::size_t> read_peer(uring::Ring& ring, std::span<std::byte> target) const = 0;
};

/// As a scan reads it into peer memory: an NVMe namespace by commands, whichever of its nodes
/// `path` is, where its character device can be used; else the file or block device there, or a
/// file in the folder, by O_DIRECT reads. Errors: why it cannot be opened so.
Result<std::unique_ptr<PeerSource>> open_peer_source(const std::string& path);

/// Reads the beginning of the source into `target`, at least kTriedBytes of peer memory that hold
/// the complement of what an ordinary read brings, so that each byte is seen to arrive. Errors: why
/// it cannot be read so, or is empty; Unavailable where the kernel reports success and other bytes
/// are there.
Status read_into_peer(const PeerSource& source, memory::MappedBuffer& target);

}  // namespace vyre::doctor
