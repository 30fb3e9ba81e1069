#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "vyre/error.hpp"

namespace vyre {

/// One result that a program emitted on a chunk.
struct Record {
  /// Byte position, relative to the first byte of the ChunkView.
  std::uint32_t offset;
  /// Chosen by the program; for compiled patterns the pattern's index.
  std::uint32_t value;
};

/// A file that is being streamed. Valid until its `on_file_end` returns.
class StreamedFile {
 public:
  virtual ~StreamedFile() = default;
  [[nodiscard]] virtual const std::string& path() const noexcept = 0;
  /// Reads again through the file's own open descriptor, at any offset; returns the bytes read,
  /// fewer than asked only at the end of the file. For what lies outside the current chunk. Only
  /// for files of more than one chunk (else Unavailable).
  virtual Result<std::size_t> read_again(std::uint64_t offset, std::span<char> target) const = 0;
};

/// A piece of a file with what the program found in it. All views die when the callback returns.
struct ChunkView {
  const StreamedFile& file;
  /// Offset in the file of bytes[0].
  std::uint64_t file_offset;
  /// The chunk's bytes, halo included: at most 1 page before and after its own.
  std::span<const char> bytes;
  /// bytes[own_begin, own_end) belong to this chunk; the own parts of a file's chunks tile it.
  std::uint32_t own_begin;
  std::uint32_t own_end;
  /// Records inside the own part, ascending by offset, then value.
  std::span<const Record> records;
  /// The program emitted more records than the outcome holds: none is kept, and every position of
  /// the chunk counts as a candidate.
  bool overflow;
  bool first;
  /// This is known to be the file's final chunk. `on_file_end` follows.
  bool last;
};

/// Receives the chunks of many files. One consumer is driven by one thread; a file's chunks arrive
/// in file order and are not interleaved with another file's.
class ChunkConsumer {
 public:
  virtual ~ChunkConsumer() = default;
  virtual void on_chunk(const ChunkView& chunk) = 0;
  /// Exactly once per file that the stream took, after its last chunk. `error` is null where the
  /// file was read whole; else what was read before the failure has been delivered.
  virtual void on_file_end(const StreamedFile& file, const Error* error) = 0;
};

}  // namespace vyre
