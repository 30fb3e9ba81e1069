#pragma once

#include <memory>
#include <optional>

#include "ingest/chunk_plan.hpp"
#include "ingest/device_reads.hpp"
#include "ingest/file_table.hpp"
#include "ingest/slot_table.hpp"
#include "ingest/source_opener.hpp"
#include "ingest/uring_stream.hpp"

namespace vyre::ingest {

/// A big file or a device on its way, shared by the slots that hold its chunks.
struct FileStream {
  /// Counts the driver's streams, from 1.
  u64 id = 0;
  std::unique_ptr<OpenSource> file;
  /// What its chunks' reads share, where it is a device; entry of the file table and origin of any.
  DeviceStream device;
  /// What is streamed of the file.
  PartRange part;
  u64 next_chunk = 0;
  u64 planned_chunks = 0;
  /// The chunk at which the file ends, by its bytes or by an error; chunks behind it are dropped.
  /// Of a part with an end it is known when its read begins.
  std::optional<u64> last_chunk;
  /// Why the last chunk is the last; null where the file was read to its end.
  std::unique_ptr<Error> error;
  /// All that the file's end reports, bad blocks first; filled when the last chunk is drained.
  std::vector<Error> errors;
  /// Chunks whose reads are not over.
  u32 chunks_in_flight = 0;

  void end_at(u64 chunk, std::unique_ptr<Error> why);
};

/// Streams one file or device after the other, chunk by chunk. The next one begins only when the
/// end of the one before has been read: had that one grown, its further chunks would otherwise lie
/// behind the next one's. A device's end is known from the start, but is waited for like any other;
/// that of a part with an end is not.
class FileStreamer {
 public:
  FileStreamer(uring::Ring& ring, UringStream& reads, SlotTable& slots, FileTable& table,
               SourceOpener& opener, DeviceReads& devices, u32 slot_bytes, Placement placement);

  /// A file is being streamed whose end is not known yet.
  [[nodiscard]] bool active() const noexcept { return active_ != nullptr; }
  /// Bytes of the active file that no read has been started for, as far as its size is known.
  [[nodiscard]] u64 rest() const noexcept;
  /// A streamed file's descriptor is open, so one will become free without help.
  [[nodiscard]] bool any_open() const noexcept;

  /// Opens the source and makes it the active one. The error is the source's own; a ring's failure
  /// ends up in `ring_status`. Needs a free entry of the file table.
  Status begin(const FileSource& source, Status& ring_status);
  /// Starts one chunk of the active file; false where that has to wait for a slot or for the end.
  Result<bool> advance();
  /// There are reads of devices' chunks that wait for room.
  [[nodiscard]] bool pending() const noexcept { return devices_.pending(); }
  /// Queues such reads; false where there is no room.
  Result<bool> issue();
  /// A read of a chunk is over. Where it was the last, its slot is filled, or, where O_DIRECT was
  /// refused, the chunk is read again. A file whose end became known is not active any more.
  Status handle(u32 slot_index, const ReadCompletion& completion);
  /// Ends the chunks of devices whose reads were not all queued.
  Status cancel_pending();
  /// The extents of a slot whose turn has come to be drained.
  void describe(Slot& slot) const;
  /// False for a chunk that is known to lie behind the end of its file.
  [[nodiscard]] static bool belongs(const Slot& slot);
  /// Forgets the active file; its reads are over.
  void abandon() noexcept { active_.reset(); }

 private:
  Status start_chunk(u32 slot_index);
  Status queue_read(u32 slot_index);
  Status start_device_chunk(u32 slot_index);
  Status handle_file_read(u32 slot_index, const ReadCompletion& completion);
  Status finish_device_chunk(u32 slot_index);
  Status finish_device_chunks(const std::vector<u32>& over);
  /// The chunk's bytes are final.
  struct Ending {
    u32 bytes = 0;
    bool end_of_file = false;
    std::unique_ptr<Error> error = nullptr;
  };
  Status finish(u32 slot_index, Ending ending);
  void conclude(Slot& slot, Ending ending);
  void conclude_last(Slot& slot);
  Status release_if_over(FileStream& stream);
  [[nodiscard]] ChunkRange range_of(const FileStream& stream, u64 chunk) const;
  [[nodiscard]] std::unique_ptr<Error> read_error(int error_number) const;

  uring::Ring& ring_;
  UringStream& reads_;
  SlotTable& slots_;
  FileTable& table_;
  SourceOpener& opener_;
  DeviceReads& devices_;
  u32 slot_bytes_;
  bool separate_;
  u64 streams_ = 0;
  std::shared_ptr<FileStream> active_;
};

}  // namespace vyre::ingest
