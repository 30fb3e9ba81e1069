#include "runtime/replay/input_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "ingest/open_file.hpp"
#include "vir0/content_hash.hpp"

namespace vyre::runtime::replay {
namespace {

constexpr u64 kNanoseconds = 1'000'000'000;
constexpr const char* kChangedUnseen = ", though sizes and times of modification are";

tl::unexpected<Error> lost(const std::string& what) {
  return tl::unexpected(Error{ErrorCode::kUnavailable, 0, what, {}});
}

/// What stat(2) tells to be another than it was; empty where nothing is.
std::string change_of(const RecordedFile& file) {
  struct stat now {};
  if (file.inode == 0 || ::stat(file.path.c_str(), &now) != 0) return {};
  const u64 modified =
      static_cast<u64>(now.st_mtim.tv_sec) * kNanoseconds + static_cast<u64>(now.st_mtim.tv_nsec);
  std::string text;
  if (static_cast<u64>(now.st_size) != file.size) {
    text += fmt::format(", {} bytes then, {} now", file.size, now.st_size);
  }
  if (now.st_dev != file.device || now.st_ino != file.inode) text += ", another file now";
  if (modified != file.modified_nanoseconds) text += ", modified since";
  return text.empty() ? text : fmt::format("{:?}{}", file.path, text);
}

tl::unexpected<Error> changed(const std::string& why) {
  return lost("the bytes are not those of the recording" + why);
}

}  // namespace

Status InputReader::fill(const SlotRecord& slot, std::span<std::byte> target) {
  if (!slot.bytes.empty()) {
    if (slot.bytes.size() != target.size()) {
      return lost(
          fmt::format("the log holds {} bytes of the slot's {}", slot.bytes.size(), target.size()));
    }
    std::memcpy(target.data(), slot.bytes.data(), target.size());
  } else {
    std::fill(target.begin(), target.end(), std::byte{});
    for (const InputExtent& extent : slot.extents) {
      if (extent.length == 0) continue;
      Status status =
          read(extent.file, extent.offset, target.subspan(extent.slot_offset, extent.length));
      if (!status) return status;
    }
  }
  if (vir0::hash_content(target) == slot.input) return {};
  if (!slot.bytes.empty())
    return changed(", though the log holds them: they changed under the run");
  for (const InputExtent& extent : slot.extents) {
    if (const std::string change = change_of(extent.file); !change.empty()) {
      return changed(": " + change);
    }
  }
  return changed(kChangedUnseen);
}

Status InputReader::fill(const LoadRecord& load, const RecordedFile* resource,
                         std::span<std::byte> target) {
  if (!load.bytes.empty()) {
    if (load.bytes.size() != target.size()) {
      return lost(
          fmt::format("the log holds {} bytes of the load's {}", load.bytes.size(), target.size()));
    }
    std::memcpy(target.data(), load.bytes.data(), target.size());
  } else if (!target.empty()) {
    if (resource == nullptr) return lost(fmt::format("the log has no resource {}", load.handle));
    if (Status status = read(*resource, load.offset, target); !status) return status;
  }
  if (vir0::hash_content(target) == load.content) return {};
  if (!load.bytes.empty()) return changed(", though the log holds them");
  const std::string change = resource == nullptr ? std::string() : change_of(*resource);
  return changed(change.empty() ? kChangedUnseen : ": " + change);
}

Status InputReader::read(const RecordedFile& file, u64 offset, std::span<std::byte> target) {
  if (Status status = open(file.path); !status) return status;
  const auto bytes = ingest::read_whole(file_.get(), offset,
                                        {reinterpret_cast<char*>(target.data()), target.size()});
  if (!bytes) return lost(fmt::format("{:?} cannot be read: {}", file.path, bytes.error().what));
  if (*bytes == target.size()) return {};
  return lost(fmt::format("{:?} ends at byte {}, and held {} bytes more", file.path,
                          offset + *bytes, target.size() - *bytes));
}

Status InputReader::open(const std::string& path) {
  if (file_ && path_ == path) return {};
  path_ = path;
  file_ = {};
  if (path.find('\0') != std::string::npos) return lost("a path with a NUL byte names no file");
  // Never waits, for what the log names may be a FIFO.
  base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat state {};
  if (!file || ::fstat(file.get(), &state) != 0) {
    return lost(fmt::format("{:?} cannot be opened: {}", path, std::strerror(errno)));
  }
  if (!S_ISREG(state.st_mode) && !S_ISBLK(state.st_mode)) {
    return lost(fmt::format("{:?} is {}, whose bytes only a log with inputs can hold", path,
                            ingest::kind_of_file(state.st_mode)));
  }
  file_ = std::move(file);
  return {};
}

}  // namespace vyre::runtime::replay
