#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "vyre/error.hpp"
#include "vyre/source.hpp"

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
  /// Bytes of the device that lie before the first of the stream: 0 but where a window of a device
  /// is streamed (FileSource::blocks). An offset in the stream plus this is one on the device.
  [[nodiscard]] virtual std::uint64_t first_offset() const noexcept { return 0; }
  /// FileSource::mark of the source.
  [[nodiscard]] virtual SourceMark mark() const noexcept { return {}; }
  /// The session's own: not null for a part of a file (ChunkConsumer::joins_parts).
  [[nodiscard]] virtual const ingest::FilePart* part() const noexcept { return nullptr; }
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
  /// Records that the program emitted, exact also where `overflow`; then, in a packed stream, those
  /// of all files in the slot together.
  std::uint64_t record_count = 0;
  /// The chunk's part of each result word that the program declares, by its number; a file's words
  /// are the parts of all its chunks combined (vyre/file_results.hpp does that). Empty in a packed
  /// stream.
  std::span<const std::uint64_t> results = {};
  /// What the program copied to its output on this chunk; a file's chunks' outputs in order are the
  /// file's. Empty in a packed stream.
  std::span<const char> output = {};
};

/// A program's own fault: what stopped it, and where.
struct ProgramFault {
  /// Of wire/fault.hpp, also in the error's `detail`.
  std::uint32_t code = 0;
  /// The code's name: "tile-out-of-range", ...
  std::string_view name = {};
  /// Index of the instruction that faulted.
  std::uint32_t instruction = 0;
  /// Offset in the file of the first byte of the tile that it faulted on.
  std::uint64_t tile_offset = 0;
};

/// Receives the chunks of many files. One consumer is driven by one thread; a file's chunks arrive
/// in file order and are not interleaved with another file's.
class ChunkConsumer {
 public:
  virtual ~ChunkConsumer() = default;
  virtual void on_chunk(const ChunkView& chunk) = 0;
  /// Exactly once per file that the stream took, after its last chunk. `error` is null where the
  /// file was read whole and the program ran over all of it; else the chunks before the failure,
  /// or those around the blocks that could not be read, have been delivered.
  virtual void on_file_end(const StreamedFile& file, const Error* error) = 0;
  /// Before `on_file_end`, once for each error of the file but the last, which goes there: each run
  /// of a device's blocks that could not be read is one. The stream went on behind them, with bytes
  /// of zero in their place.
  virtual void on_read_error(const StreamedFile&, const Error&) {}
  /// Right before `on_file_end`, where its error is a fault of the program.
  virtual void on_program_fault(const StreamedFile&, const ProgramFault&) {}
  /// Whether a big file may come in parts, each of which ends like a file, to any of a stream's
  /// consumers. For the session's own, which know how to join them, as those of collect_files().
  [[nodiscard]] virtual bool joins_parts() const noexcept { return false; }
};

}  // namespace vyre
