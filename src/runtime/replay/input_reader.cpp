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

tl::unexpected<Error> lost(const std::string& what) {
  return tl::unexpected(Error{ErrorCode::kUnavailable, 0, what, {}});
}

/// What stat(2) tells to be another than it was; empty where nothing is.
std::string change_of(const InputExtent& extent) {
  struct stat now {};
  if (extent.inode == 0 || ::stat(extent.path.c_str(), &now) != 0) return {};
  const u64 modified =
      static_cast<u64>(now.st_mtim.tv_sec) * kNanoseconds + static_cast<u64>(now.st_mtim.tv_nsec);
  std::string text;
  if (static_cast<u64>(now.st_size) != extent.size) {
    text += fmt::format(", {} bytes then, {} now", extent.size, now.st_size);
  }
  if (now.st_dev != extent.device || now.st_ino != extent.inode) text += ", another file now";
  if (modified != extent.modified_nanoseconds) text += ", modified since";
  return text.empty() ? text : fmt::format("{:?}{}", extent.path, text);
}

Error changed(const SlotRecord& slot) {
  const auto with = [](const std::string& why) {
    return Error{ErrorCode::kUnavailable, 0, "the bytes are not those of the recording" + why, {}};
  };
  if (!slot.bytes.empty()) return with(", though the log holds them: they changed under the run");
  for (const InputExtent& extent : slot.extents) {
    if (const std::string change = change_of(extent); !change.empty()) return with(": " + change);
  }
  return with(", though sizes and times of modification are");
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
      Status status = read(extent, target.subspan(extent.slot_offset, extent.length));
      if (!status) return status;
    }
  }
  if (vir0::hash_content(target) != slot.input) return tl::unexpected(changed(slot));
  return {};
}

Status InputReader::read(const InputExtent& extent, std::span<std::byte> target) {
  if (Status status = open(extent.path); !status) return status;
  const auto bytes = ingest::read_whole(file_.get(), extent.offset,
                                        {reinterpret_cast<char*>(target.data()), target.size()});
  if (!bytes) {
    return lost(fmt::format("{:?} cannot be read: {}", extent.path, bytes.error().what));
  }
  if (*bytes == target.size()) return {};
  return lost(fmt::format("{:?} ends at byte {}, and held {} bytes more", extent.path,
                          extent.offset + *bytes, target.size() - *bytes));
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
