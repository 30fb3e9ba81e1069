#include "ingest/file_stream.hpp"

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"

namespace vyre::ingest {

void FileStream::end_at(u64 chunk, std::unique_ptr<Error> why) {
  if (last_chunk && *last_chunk <= chunk) return;
  last_chunk = chunk;
  error = std::move(why);
}

FileStreamer::FileStreamer(uring::Ring& ring, UringStream& reads, SlotTable& slots,
                           FileTable& table, u32 slot_bytes, IoPolicy policy, Placement placement,
                           IngestTelemetry& telemetry)
    : ring_(ring),
      reads_(reads),
      slots_(slots),
      table_(table),
      slot_bytes_(slot_bytes),
      policy_(policy),
      separate_(placement != Placement::kPacked),
      telemetry_(telemetry) {}

bool FileStreamer::any_open() const noexcept {
  for (u32 i = 0; i < slots_.size(); ++i) {
    if (slots_[i].stream != nullptr) return true;
  }
  return false;
}

Status FileStreamer::begin(std::string path, Status& ring_status) {
  VYRE_CHECK(!active_);
  auto file = OpenFile::open(std::move(path), policy_, telemetry_);
  if (!file) return tl::unexpected(file.error());
  auto stream = std::make_shared<FileStream>();
  stream->id = ++streams_;
  stream->file = std::move(*file);
  stream->planned_chunks = planned_chunks(slot_bytes_, stream->file->current_size());
  stream->table_index = table_.take();
  ring_status = ring_.set_file({stream->table_index}, stream->file->descriptor());
  if (!ring_status) {
    table_.give_back(stream->table_index);
    return {};
  }
  active_ = std::move(stream);
  return {};
}

Result<bool> FileStreamer::advance() {
  if (active_->next_chunk == active_->planned_chunks || reads_.room() == 0) return false;
  const auto slot_index = slots_.acquire();
  if (!slot_index) return false;
  Slot& slot = slots_[*slot_index];
  slot.stream = active_;
  slot.chunk_number = active_->next_chunk++;
  slots_.seal(*slot_index);
  if (Status status = queue_read(*slot_index); !status) return tl::unexpected(status.error());
  return true;
}

Status FileStreamer::queue_read(u32 slot_index) {
  Slot& slot = slots_[slot_index];
  FileStream& stream = *slot.stream;
  const ChunkRange range = chunk_range(slot_bytes_, slot.chunk_number);
  slot.direct = stream.file->direct();
  const u64 size = stream.file->current_size();
  const u64 expected = size > range.file_offset ? size - range.file_offset : 0;
  const Status status =
      reads_.read({.direct = slot.direct,
                   .file = static_cast<int>(stream.table_index),
                   .file_offset = range.file_offset,
                   .target = {u64{slot_index} * slot_bytes_, range.length},
                   .expected = static_cast<u32>(std::min<u64>(expected, range.length)),
                   .user_data = u64{slot_index} << 32});
  if (!status) return status;
  ++slot.reads_in_flight;
  ++stream.reads_in_flight;
  return {};
}

Status FileStreamer::handle(u32 slot_index, const ReadCompletion& completion) {
  Slot& slot = slots_[slot_index];
  FileStream& stream = *slot.stream;
  --slot.reads_in_flight;
  --stream.reads_in_flight;
  const bool refused = completion.error == EINVAL || completion.error == EOPNOTSUPP;
  if (refused && slot.direct && (!stream.file->direct() || stream.file->fall_back_to_buffered())) {
    // Reads in flight keep the descriptor that they began with.
    if (Status status = ring_.set_file({stream.table_index}, stream.file->descriptor()); !status) {
      return status;
    }
    return queue_read(slot_index);
  }
  conclude(slot, completion);
  slots_.fill(slot_index);
  if (stream.last_chunk && active_ == slot.stream) active_.reset();
  return release_if_over(stream);
}

void FileStreamer::conclude(Slot& slot, const ReadCompletion& completion) {
  FileStream& stream = *slot.stream;
  const u64 number = slot.chunk_number;
  const ChunkRange range = chunk_range(slot_bytes_, number);
  SlotChunk& chunk = slot.chunk;
  chunk.file_offset = range.file_offset;
  chunk.length = completion.bytes;
  chunk.own_begin = std::min(range.front_halo, completion.bytes);
  chunk.own_end = completion.bytes;
  chunk.stream = stream.id;
  chunk.number = number;
  chunk.runs = separate_ ? completion.error == 0 : completion.bytes != 0;
  if (completion.error != 0) {
    stream.end_at(number, std::make_unique<Error>(file_error("read", completion.error)));
  } else if (completion.end_of_file) {
    conclude_last(slot);
  } else {
    chunk.own_end = range.front_halo + own_bytes(slot_bytes_);
    if (number + 1 == stream.planned_chunks) {
      stream.planned_chunks =
          std::max(number + 2, planned_chunks(slot_bytes_, stream.file->current_size()));
    }
  }
}

void FileStreamer::conclude_last(Slot& slot) {
  FileStream& stream = *slot.stream;
  SlotChunk& chunk = slot.chunk;
  // The chunk before has seen a whole halo of bytes of this one.
  const bool shrunk = slot.chunk_number != 0 && chunk.own_end - chunk.own_begin < kHaloBytes;
  if (!shrunk || !separate_) {
    stream.end_at(slot.chunk_number, nullptr);
    return;
  }
  chunk.runs = false;
  stream.end_at(slot.chunk_number,
                std::make_unique<Error>(unavailable("the file became shorter while it was read",
                                                    "run again when nothing writes to it")));
}

Status FileStreamer::release_if_over(FileStream& stream) {
  if (!stream.last_chunk || stream.reads_in_flight != 0) return {};
  table_.give_back(stream.table_index);
  return ring_.set_file({stream.table_index}, -1);
}

bool FileStreamer::belongs(const Slot& slot) {
  const FileStream& stream = *slot.stream;
  return !stream.last_chunk || slot.chunk_number <= *stream.last_chunk;
}

void FileStreamer::describe(Slot& slot) const {
  const FileStream& stream = *slot.stream;
  if (!belongs(slot)) return;
  const bool last = stream.last_chunk == slot.chunk_number;
  slot.extents.push_back({.file = stream.file.get(),
                          .file_offset = slot.chunk.file_offset,
                          .slot_offset = 0,
                          .length = slot.chunk.length,
                          .own_begin = slot.chunk.own_begin,
                          .own_end = slot.chunk.own_end,
                          .first = slot.chunk_number == 0,
                          .last = last,
                          .error = last ? stream.error.get() : nullptr});
}

}  // namespace vyre::ingest
