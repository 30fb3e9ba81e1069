#pragma once

#include <optional>
#include <vector>

#include "ingest/file_table.hpp"
#include "ingest/path_notes.hpp"
#include "ingest/slot_table.hpp"
#include "ingest/uring_stream.hpp"
#include "vyre/source.hpp"

namespace vyre::ingest {

/// Packs whole files into slots: one open, one read, one close each, all through the ring.
class Packer {
 public:
  Packer(UringStream& reads, SlotTable& slots, FileTable& table, std::span<std::byte> buffer,
         u32 slot_bytes, u32 max_files, Placement placement, PathNotes notes);

  /// A file of this size has its place in a slot, and a byte more that shows whether it grew.
  [[nodiscard]] bool fits(u64 size) const noexcept { return size < slot_bytes_; }

  /// Starts reading a file, into the slot that is being packed or a new one. False where slots,
  /// file table or ring have no room now; the file is then left as it was.
  Result<bool> add(FileSource& file);
  /// Puts a file that cannot be read into the slot that is being packed, to be reported in turn.
  /// False where no slot is free; both are then left as they were.
  bool add_failed(FileSource& file, Error& error);
  /// No more files for the slot that is being packed, if any.
  void seal();
  [[nodiscard]] bool packing() const noexcept { return current_.has_value(); }

  /// A file's read is over. Appends it to `restage` where it does not fit its place, or is
  /// something that only a stream can explain.
  Status handle(u32 slot_index, const ReadCompletion& completion, std::vector<FileSource>& restage);

 private:
  bool make_place(u32 bytes);
  void fill_if_complete(u32 slot_index);
  void lay_out(u32 slot_index);

  UringStream& reads_;
  SlotTable& slots_;
  FileTable& table_;
  std::span<std::byte> buffer_;
  u32 slot_bytes_;
  u32 max_files_;
  /// An empty file is something to run on.
  bool separate_;
  PathNotes notes_;
  std::optional<u32> current_;
};

}  // namespace vyre::ingest
