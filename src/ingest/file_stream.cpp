#include "ingest/file_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <span>

#include "base/check.hpp"

namespace vyre::ingest {

namespace {

// The stream ends at byte `end`; all its chunks up to there have been read.
void gather_errors(FileStream& stream, u64 end) {
  if (const DeviceShape* device = stream.file->device(); device != nullptr) {
    stream.errors = stream.device.bad.errors((device->first_offset + end) / device->block_bytes);
  }
  if (stream.error != nullptr) stream.errors.push_back(*stream.error);
}

}  // namespace

void FileStream::end_at(u64 chunk, std::unique_ptr<Error> why) {
  // That it is the last may be known before it is read.
  const bool is_known = last_chunk == chunk && why == nullptr;
  if (is_known || (last_chunk && *last_chunk < chunk)) return;
  last_chunk = chunk;
  error = std::move(why);
}

FileStreamer::FileStreamer(uring::Ring& ring, UringStream& reads, SlotTable& slots,
                           FileTable& table, SourceOpener& opener, DeviceReads& devices,
                           u32 slot_bytes, Placement placement)
    : ring_(ring),
      reads_(reads),
      slots_(slots),
      table_(table),
      opener_(opener),
      devices_(devices),
      slot_bytes_(slot_bytes),
      separate_(placement != Placement::kPacked) {}

u64 FileStreamer::rest() const noexcept {
  if (!active_) return 0;
  // More than the slots hold is all the same to who asks.
  const u64 chunks = active_->planned_chunks - active_->next_chunk;
  return std::min<u64>(chunks, slots_.size()) * slot_bytes_;
}

bool FileStreamer::any_open() const noexcept {
  for (u32 i = 0; i < slots_.size(); ++i) {
    if (slots_[i].stream != nullptr) return true;
  }
  return false;
}

Status FileStreamer::begin(const FileSource& source, Status& ring_status) {
  VYRE_CHECK(!active_ && (separate_ || !source.part));
  auto file = opener_.open(source);
  if (!file) return tl::unexpected(file.error());
  auto stream = std::make_shared<FileStream>();
  stream->id = ++streams_;
  stream->file = std::move(*file);
  stream->file->tell(source);
  if (source.part) stream->part = source.part->range;
  stream->planned_chunks = planned_chunks(slot_bytes_, stream->file->current_size(), stream->part);
  stream->device.origin = source.origin;
  stream->device.table_index = table_.take();
  ring_status = ring_.set_file({stream->device.table_index}, stream->file->descriptor());
  if (!ring_status) {
    table_.give_back(stream->device.table_index);
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
  if (active_->part.end && active_->next_chunk == active_->planned_chunks) {
    active_->end_at(slot.chunk_number, nullptr);
    active_.reset();
  }
  if (Status status = start_chunk(*slot_index); !status) return tl::unexpected(status.error());
  return true;
}

Status FileStreamer::start_chunk(u32 slot_index) {
  Slot& slot = slots_[slot_index];
  if (slot.stream->file->device() != nullptr) return start_device_chunk(slot_index);
  if (Status status = queue_read(slot_index); !status) return status;
  ++slot.reads_in_flight;
  ++slot.stream->chunks_in_flight;
  return {};
}

ChunkRange FileStreamer::range_of(const FileStream& stream, u64 chunk) const {
  ChunkRange range = chunk_range(slot_bytes_, chunk, stream.part);
  if (stream.file->device() == nullptr) return range;
  const u64 left = stream.file->current_size() - range.file_offset;
  range.length = static_cast<u32>(std::min<u64>(range.length, left));
  return range;
}

Status FileStreamer::start_device_chunk(u32 slot_index) {
  Slot& slot = slots_[slot_index];
  FileStream& stream = *slot.stream;
  const ChunkRange range = range_of(stream, slot.chunk_number);
  devices_.start(slot_index, *stream.file, stream.device, range.file_offset, range.length);
  ++slot.reads_in_flight;
  ++stream.chunks_in_flight;
  const auto issued = issue();
  return issued ? Status{} : tl::unexpected(issued.error());
}

Status FileStreamer::queue_read(u32 slot_index) {
  Slot& slot = slots_[slot_index];
  FileStream& stream = *slot.stream;
  const ChunkRange range = range_of(stream, slot.chunk_number);
  slot.direct = stream.file->direct();
  const u64 size = stream.file->current_size();
  const u64 expected = size > range.file_offset ? size - range.file_offset : 0;
  const bool registered = opener_.rules().registered_target;
  return reads_.read({.fixed_buffer = registered,
                      .direct = slot.direct,
                      .peer = !registered,
                      .file = static_cast<int>(stream.device.table_index),
                      .file_offset = range.file_offset,
                      .target = {u64{slot_index} * slot_bytes_, range.length},
                      .expected = static_cast<u32>(std::min<u64>(expected, range.length)),
                      .origin = stream.device.origin,
                      .user_data = u64{slot_index} << 32});
}

Result<bool> FileStreamer::issue() {
  std::vector<u32> over;
  auto issued = devices_.issue(over);
  if (!issued) return issued;
  if (Status status = finish_device_chunks(over); !status) return tl::unexpected(status.error());
  return issued;
}

Status FileStreamer::cancel_pending() {
  std::vector<u32> over;
  devices_.cancel(over);
  return finish_device_chunks(over);
}

Status FileStreamer::handle(u32 slot_index, const ReadCompletion& completion) {
  if (slots_[slot_index].stream->file->device() == nullptr) {
    return handle_file_read(slot_index, completion);
  }
  return devices_.handle(slot_index, completion) ? finish_device_chunk(slot_index) : Status{};
}

Status FileStreamer::handle_file_read(u32 slot_index, const ReadCompletion& completion) {
  Slot& slot = slots_[slot_index];
  FileStream& stream = *slot.stream;
  const bool refused = completion.error == EINVAL || completion.error == EOPNOTSUPP;
  if (refused && slot.direct) {
    if (stream.file->fall_back_to_buffered()) opener_.note_fall_back(stream.device.origin);
    if (!stream.file->direct()) {
      // Reads in flight keep the descriptor that they began with.
      const Status status = ring_.set_file({stream.device.table_index}, stream.file->descriptor());
      return status ? queue_read(slot_index) : status;
    }
  }
  return finish(slot_index,
                {.bytes = completion.bytes,
                 .end_of_file = completion.end_of_file,
                 .error = completion.error == 0 ? nullptr : read_error(completion.error)});
}

std::unique_ptr<Error> FileStreamer::read_error(int error_number) const {
  Error error = file_error("read", error_number);
  const SourceRules& rules = opener_.rules();
  if (!rules.registered_target && (error_number == EINVAL || error_number == EREMOTEIO)) {
    error.fix =
        "let the file's device and the peer memory be behind one PCIe switch, or read it "
        "with `--path mapped`";
  } else if (rules.polls && error_number == EOPNOTSUPP) {
    error.fix =
        "give the file's device poll queues (kernel parameter nvme.poll_queues=N), or use a "
        "ring without IOPOLL";
  }
  return std::make_unique<Error>(std::move(error));
}

Status FileStreamer::finish_device_chunks(const std::vector<u32>& over) {
  for (const u32 slot_index : over) {
    if (Status status = finish_device_chunk(slot_index); !status) return status;
  }
  return {};
}

Status FileStreamer::finish_device_chunk(u32 slot_index) {
  const Slot& slot = slots_[slot_index];
  const ChunkRange range = range_of(*slot.stream, slot.chunk_number);
  const u64 size = slot.stream->file->current_size();
  DeviceChunk chunk = devices_.take(slot_index);
  return finish(slot_index, {.bytes = chunk.bytes,
                             .end_of_file = range.file_offset + range.length == size,
                             .error = std::move(chunk.error)});
}

Status FileStreamer::finish(u32 slot_index, Ending ending) {
  Slot& slot = slots_[slot_index];
  FileStream& stream = *slot.stream;
  --slot.reads_in_flight;
  --stream.chunks_in_flight;
  conclude(slot, std::move(ending));
  slots_.fill(slot_index);
  if (stream.last_chunk && active_ == slot.stream) active_.reset();
  return release_if_over(stream);
}

void FileStreamer::conclude(Slot& slot, Ending ending) {
  FileStream& stream = *slot.stream;
  const u64 number = slot.chunk_number;
  const ChunkRange range = range_of(stream, number);
  SlotChunk& chunk = slot.chunk;
  chunk.file_offset = range.file_offset;
  chunk.length = ending.bytes;
  chunk.own_begin = std::min(range.front_halo, ending.bytes);
  chunk.own_end = ending.bytes;
  chunk.stream = stream.id;
  chunk.number = number;
  chunk.runs = separate_ ? ending.error == nullptr : ending.bytes != 0;
  if (ending.error != nullptr) {
    stream.end_at(number, std::move(ending.error));
  } else if (ending.end_of_file) {
    conclude_last(slot);
  } else {
    chunk.own_end = range.front_halo + range.own;
    if (number + 1 == stream.planned_chunks && !stream.part.end) {
      stream.planned_chunks = std::max(
          number + 2, planned_chunks(slot_bytes_, stream.file->current_size(), stream.part));
    }
  }
}

void FileStreamer::conclude_last(Slot& slot) {
  FileStream& stream = *slot.stream;
  SlotChunk& chunk = slot.chunk;
  // The chunk before has seen a whole halo of bytes of this one, or of what is behind the part.
  const bool follows = slot.chunk_number != 0 || stream.part.begin != 0;
  const bool shrunk = stream.part.end || (follows && chunk.own_end - chunk.own_begin < kHaloBytes);
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
  if (!stream.last_chunk || stream.chunks_in_flight != 0) return {};
  table_.give_back(stream.device.table_index);
  return ring_.set_file({stream.device.table_index}, -1);
}

bool FileStreamer::belongs(const Slot& slot) {
  const FileStream& stream = *slot.stream;
  return !stream.last_chunk || slot.chunk_number <= *stream.last_chunk;
}

void FileStreamer::describe(Slot& slot) const {
  FileStream& stream = *slot.stream;
  if (!belongs(slot)) return;
  const bool last = stream.last_chunk == slot.chunk_number;
  if (last) gather_errors(stream, slot.chunk.file_offset + slot.chunk.length);
  const std::span<const Error> errors(stream.errors);
  slot.extents.push_back(
      {.file = stream.file.get(),
       .file_offset = slot.chunk.file_offset,
       .slot_offset = 0,
       .length = slot.chunk.length,
       .own_begin = slot.chunk.own_begin,
       .own_end = slot.chunk.own_end,
       .first = slot.chunk_number == 0,
       .last = last,
       .error = errors.empty() ? nullptr : &errors.back(),
       .earlier_errors = errors.empty() ? errors : errors.first(errors.size() - 1)});
}

}  // namespace vyre::ingest
