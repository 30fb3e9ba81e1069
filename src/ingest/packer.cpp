#include "ingest/packer.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "ingest/open_file.hpp"

namespace vyre::ingest {
namespace {

// Files begin at cache lines, so that the kernel copies to aligned addresses.
constexpr u32 kPlaceAlignment = 64;
// Reserved for a file of size 0: files of /proc and /sys hold up to a page and give no size.
constexpr u32 kUnknownSizeBytes = 4096;

u32 place_for(u64 size) { return size == 0 ? kUnknownSizeBytes : static_cast<u32>(size) + 1; }

// An empty read also comes from a FIFO without a writer, or from a device.
bool certainly_not_regular(const std::string& path) {
  struct stat state {};
  return ::stat(path.c_str(), &state) == 0 && !S_ISREG(state.st_mode);
}

}  // namespace

Packer::Packer(UringStream& reads, SlotTable& slots, FileTable& table, std::span<std::byte> buffer,
               u32 slot_bytes, u32 max_files, Placement placement, PathNotes notes)
    : reads_(reads),
      slots_(slots),
      table_(table),
      buffer_(buffer),
      slot_bytes_(slot_bytes),
      max_files_(placement == Placement::kPacked ? max_files : 1),
      separate_(placement != Placement::kPacked),
      notes_(notes) {}

bool Packer::make_place(u32 bytes) {
  if (current_) {
    const Slot& slot = slots_[*current_];
    if (slot.used + bytes <= slot_bytes_ && slot.files.size() < max_files_) return true;
    seal();
  }
  current_ = slots_.acquire();
  if (!current_) return false;
  slots_[*current_].chunk.packed = true;
  return true;
}

Result<bool> Packer::add(FileSource& file) {
  const u32 bytes = place_for(file.size);
  if (table_.empty() || reads_.room() == 0 || !make_place(bytes)) return false;
  Slot& slot = slots_[*current_];
  const u32 place = slot.used;
  const auto number = static_cast<u32>(slot.files.size());
  const u32 origin = file.origin;
  const auto size = static_cast<u32>(file.size);
  PackedFile& packed = slot.files.emplace_back(std::move(file), place, bytes);
  packed.table_index = table_.take();
  const Status started = reads_.open_and_read(
      packed.path().c_str(), {.file = static_cast<int>(packed.table_index),
                              .target = {u64{*current_} * slot_bytes_ + place, bytes},
                              .expected = size,
                              .origin = origin,
                              .user_data = (u64{*current_} << 32) | number});
  if (!started) {
    file = packed.take_source();
    table_.give_back(packed.table_index);
    slot.files.pop_back();
    if (started.error().code == ErrorCode::kQueueFull) return false;
    return tl::unexpected(started.error());
  }
  slot.used = std::min(base::align_up(place + bytes, kPlaceAlignment), slot_bytes_);
  ++slot.reads_in_flight;
  notes_.packed(origin);
  if (slot.files.size() == max_files_) seal();
  return true;
}

bool Packer::add_failed(FileSource& file, Error& error) {
  if (!make_place(0)) return false;
  Slot& slot = slots_[*current_];
  PackedFile& packed = slot.files.emplace_back(std::move(file), slot.used, 0);
  packed.error = std::make_unique<Error>(std::move(error));
  if (slot.files.size() == max_files_) seal();
  return true;
}

void Packer::seal() {
  if (!current_) return;
  const u32 index = *current_;
  current_.reset();
  slots_.seal(index);
  fill_if_complete(index);
}

Status Packer::handle(u32 slot_index, const ReadCompletion& completion,
                      std::vector<FileSource>& restage) {
  Slot& slot = slots_[slot_index];
  PackedFile& file = slot.files[static_cast<u32>(completion.user_data)];
  --slot.reads_in_flight;
  table_.give_back(file.table_index);
  Status closed;
  if (!completion.open_failed) closed = reads_.close({file.table_index});
  // A file system that cannot read without waiting says EAGAIN to a descriptor opened for that.
  // A device says EINVAL to what is no read of whole blocks, or no command.
  const bool strange =
      completion.bytes == 0 && (completion.error == 0 || completion.error == EINVAL);
  const bool unsuited = completion.error == EAGAIN ||
                        (completion.error == 0 && completion.bytes == file.reserved()) ||
                        (strange && certainly_not_regular(file.path()));
  if (unsuited) {
    restage.push_back(file.take_source());
    file.restaged = true;
  } else {
    file.length = completion.bytes;
    if (completion.error != 0) {
      file.error = std::make_unique<Error>(
          file_error(completion.open_failed ? "open" : "read", completion.error));
    }
  }
  fill_if_complete(slot_index);
  return closed;
}

void Packer::fill_if_complete(u32 slot_index) {
  const Slot& slot = slots_[slot_index];
  if (slot.state != SlotState::kReading || slot.reads_in_flight != 0) return;
  lay_out(slot_index);
  slots_.fill(slot_index);
}

// Writes down what lies where, and clears what lies between.
void Packer::lay_out(u32 slot_index) {
  Slot& slot = slots_[slot_index];
  std::byte* const data = buffer_.data() + u64{slot_index} * slot_bytes_;
  u32 end = 0;
  for (const PackedFile& file : slot.files) {
    if (file.restaged) continue;
    if (file.length != 0) {
      std::memset(data + end, 0, file.offset() - end);
      end = file.offset() + file.length;
    }
    slot.extents.push_back({.file = &file,
                            .slot_offset = file.offset(),
                            .length = file.length,
                            .own_end = file.length,
                            .first = true,
                            .last = true,
                            .error = file.error.get()});
  }
  slot.chunk.length = end;
  slot.chunk.own_end = end;
  const bool whole_file = !slot.extents.empty() && slot.extents.front().error == nullptr;
  slot.chunk.runs = separate_ ? whole_file : end != 0;
}

}  // namespace vyre::ingest
