#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "vyre/error.hpp"
#include "vyre/read_path.hpp"

namespace vyre {

/// A 64-bit event count. It never wraps: past its maximum it stays there and says so.
class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept;
  /// Adds a counter of another thread's telemetry; InvalidArgument where the sum would wrap.
  Status merge(Counter other);
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
  /// More was added than can be counted: the value is the largest there is, and too small.
  [[nodiscard]] bool overflowed() const noexcept {
    return value_ == std::numeric_limits<std::uint64_t>::max();
  }

 private:
  std::uint64_t value_ = 0;
};

/// Reads of one path. A read is one extent of a slot, or of a device one command of at most
/// DriverOptions::command_bytes; the resumptions of a short read are part of it. submitted =
/// completed + failed + in flight, always.
struct ReadCounters {
  Counter submitted;
  Counter completed;
  /// Ended with an error, an error of the file's open included.
  Counter failed;
  /// Bytes that reads brought, those of reads that failed later included.
  Counter bytes;
};

/// What one ring's ingest did. Owned by one thread; merge() joins those of several.
struct IngestTelemetry {
  std::array<ReadCounters, kReadPaths> paths;
  /// Reads and bytes that the kernel copied out of its page cache.
  Counter buffered_reads;
  Counter buffered_bytes;
  /// Reads and bytes that went past the page cache (O_DIRECT).
  Counter direct_reads;
  Counter direct_bytes;
  /// Files that were to be read direct and were read buffered, since the file system refused.
  Counter direct_refused;
  /// Bytes that consumers read once more, outside the ring (StreamedFile::read_again).
  Counter read_again_bytes;
  /// Bytes that the CPU copied in user space, added by whoever copies.
  Counter userspace_copied_bytes;
  /// Opens that succeeded, whichever way they were made; of a file in parts, one for each.
  Counter opens;
  Counter opens_failed;
  Counter closes;
  Counter short_reads_resumed;
  /// Files that no longer fitted the place planned for them and were read again as streams.
  Counter files_restaged;
  /// Reads of devices that failed and were made again, block by block, to find which are bad.
  Counter reads_split;
  /// Blocks that could not be read, whose bytes in the slot are zero. One that two chunks have, in
  /// their halos, counts twice.
  Counter bad_blocks;

  ReadCounters& path(ReadPath path) { return paths[static_cast<std::size_t>(path)]; }
  [[nodiscard]] const ReadCounters& path(ReadPath path) const {
    return paths[static_cast<std::size_t>(path)];
  }
  [[nodiscard]] std::uint64_t in_flight(ReadPath path) const noexcept;

  /// Adds another ring's counters; InvalidArgument where a counter would wrap.
  Status merge(const IngestTelemetry& other);

  /// That everything came by `path` alone, whole, and without a copy in user space, and was
  /// counted; else InvalidArgument naming the counter that says otherwise.
  [[nodiscard]] Status validate_completed_zero_copy(ReadPath path) const;
};

}  // namespace vyre
