#pragma once

#include <memory>
#include <optional>

#include "ingest/chunk_plan.hpp"
#include "ingest/file_table.hpp"
#include "ingest/open_file.hpp"
#include "ingest/slot_table.hpp"
#include "ingest/uring_stream.hpp"

namespace vyre::ingest {

/// A big file on its way, shared by the slots that hold its chunks.
struct FileStream {
  /// Counts the driver's streams, from 1.
  u64 id = 0;
  std::unique_ptr<OpenFile> file;
  u32 table_index = 0;
  u64 next_chunk = 0;
  u64 planned_chunks = 0;
  /// The chunk at which the file ends, by its bytes or by an error; chunks behind it are dropped.
  std::optional<u64> last_chunk;
  /// Why the last chunk is the last; null where the file was read whole.
  std::unique_ptr<Error> error;
  u32 reads_in_flight = 0;

  void end_at(u64 chunk, std::unique_ptr<Error> why);
};

/// Streams one file after the other, chunk by chunk. The next file begins only when the end of the
/// one before has been read: had that one grown, its further chunks would otherwise lie behind the
/// next file's.
class FileStreamer {
 public:
  FileStreamer(uring::Ring& ring, UringStream& reads, SlotTable& slots, FileTable& table,
               u32 slot_bytes, IoPolicy policy, Placement placement, IngestTelemetry& telemetry);

  /// A file is being streamed whose end is not known yet.
  [[nodiscard]] bool active() const noexcept { return active_ != nullptr; }
  /// Bytes of the active file that no read has been started for, as far as its size is known.
  [[nodiscard]] u64 rest() const noexcept {
    return active_ ? (active_->planned_chunks - active_->next_chunk) * slot_bytes_ : 0;
  }
  /// A streamed file's descriptor is open, so one will become free without help.
  [[nodiscard]] bool any_open() const noexcept;

  /// Opens `path` and makes it the active file. The error is the file's own; a ring's failure ends
  /// up in `ring_status`. Needs a free entry of the file table.
  Status begin(std::string path, Status& ring_status);
  /// Starts one read of the active file; false where that has to wait for a slot or for the end.
  Result<bool> advance();
  /// A chunk's read is over; fills its slot, or reads it again where O_DIRECT was refused. A file
  /// whose end became known is not active any more.
  Status handle(u32 slot_index, const ReadCompletion& completion);
  /// The extents of a slot whose turn has come to be drained.
  void describe(Slot& slot) const;
  /// False for a chunk that is known to lie behind the end of its file.
  [[nodiscard]] static bool belongs(const Slot& slot);
  /// Forgets the active file; its reads are over.
  void abandon() noexcept { active_.reset(); }

 private:
  Status queue_read(u32 slot_index);
  void conclude(Slot& slot, const ReadCompletion& completion);
  void conclude_last(Slot& slot);
  Status release_if_over(FileStream& stream);

  uring::Ring& ring_;
  UringStream& reads_;
  SlotTable& slots_;
  FileTable& table_;
  u32 slot_bytes_;
  IoPolicy policy_;
  bool separate_;
  IngestTelemetry& telemetry_;
  u64 streams_ = 0;
  std::shared_ptr<FileStream> active_;
};

}  // namespace vyre::ingest
