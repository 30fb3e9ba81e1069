#include "runtime/replay/log_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/owned_fd.hpp"
#include "ingest/open_file.hpp"

namespace vyre::runtime::replay {
namespace {

constexpr std::size_t kBufferBytes = 256u << 10;

Error no_log(const std::string& path, const std::string& why) {
  return invalid_argument(fmt::format("{} is no replay log: {}", path, why),
                          "give a file that --record has written");
}

}  // namespace

Result<LogReader> LogReader::open(const std::string& path) {
  const auto failed = [&path](const char* operation) {
    return tl::unexpected(syscall_error(fmt::format("{} {}", operation, path), errno));
  };
  // Never waits for a FIFO's writer.
  base::OwnedFd descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor) return failed("open");
  struct stat state {};
  if (::fstat(descriptor.get(), &state) != 0) return failed("look at");
  if (!S_ISREG(state.st_mode)) return tl::unexpected(no_log(path, "it is no regular file"));
  const int copy = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0);
  File file(copy < 0 ? nullptr : ::fdopen(copy, "rb"));
  if (!file) return failed("open");
  std::setvbuf(file.get(), nullptr, _IOFBF, kBufferBytes);
  LogReader reader(path, std::move(file), static_cast<u64>(state.st_size));
  if (Status status = reader.check_header(); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return reader;
}

Status LogReader::check_header() {
  LogHeader header{};
  if (rest() < sizeof header) {
    return tl::unexpected(no_log(path_, fmt::format("it has {} bytes, less than a log's header of "
                                                    "{}",
                                                    size_, sizeof header)));
  }
  if (Status status = read(&header, sizeof header); !status) return status;
  if (!is_log(header)) return tl::unexpected(no_log(path_, "it does not begin as one"));
  if (!is_sound(header)) return tl::unexpected(damaged("its header's checksum does not match"));
  if (header.version != kLogVersion) {
    return tl::unexpected(
        invalid_argument(fmt::format("{} is a replay log of version {}, and this is for version {}",
                                     path_, header.version, kLogVersion),
                         "replay it with the vyre that recorded it"));
  }
  return {};
}

Status LogReader::read(void* target, std::size_t bytes) {
  if (bytes != 0 && std::fread(target, bytes, 1, file_.get()) != 1) {
    if (std::ferror(file_.get()) != 0) {
      return tl::unexpected(syscall_error("read " + path_, errno));
    }
    return tl::unexpected(damaged("it became shorter while it was read"));
  }
  position_ += bytes;
  return {};
}

Result<std::optional<RawRecord>> LogReader::next() {
  FrameHeader header{};
  record_begin_ = position_;
  if (rest() < sizeof header) return std::nullopt;
  ++record_;
  if (Status status = read(&header, sizeof header); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  if (!is_sound(header)) return tl::unexpected(damaged("its header's checksum does not match"));
  if (header.bytes > kMaxRecordBytes) {
    return tl::unexpected(
        damaged(fmt::format("it claims {} bytes, more than the {} that a record "
                            "can have",
                            header.bytes, kMaxRecordBytes)));
  }
  if (header.bytes > rest()) return std::nullopt;
  content_.resize(header.bytes);
  if (Status status = read(content_.data(), content_.size()); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  if (!matches(header, content_)) {
    return tl::unexpected(damaged("its checksum does not match"));
  }
  return RawRecord{static_cast<RecordKind>(header.kind), content_};
}

Result<RawRecord> LogReader::again(u64 position) {
  // Past the stream's buffer, which stays where next() goes on.
  const auto read_at = [this](u64 at, void* target, std::size_t bytes) {
    return ingest::read_whole(::fileno(file_.get()), at, {static_cast<char*>(target), bytes});
  };
  const auto failed = [this](const Error& error) {
    return tl::unexpected(syscall_error("read " + path_, error.detail));
  };
  FrameHeader header{};
  auto read = read_at(position, &header, sizeof header);
  if (!read) return failed(read.error());
  if (*read != sizeof header || !is_sound(header) || header.bytes > kMaxRecordBytes ||
      header.bytes > size_ - position - sizeof header) {
    return tl::unexpected(changed(position));
  }
  content_again_.resize(header.bytes);
  read = read_at(position + sizeof header, content_again_.data(), content_again_.size());
  if (!read) return failed(read.error());
  if (*read != content_again_.size() || !matches(header, content_again_))
    return tl::unexpected(changed(position));
  return RawRecord{static_cast<RecordKind>(header.kind), content_again_};
}

Error LogReader::changed(u64 position) const {
  return invalid_argument(
      fmt::format("{} has changed at byte {} while it was replayed", path_, position),
      "replay it again when nobody writes to it");
}

Error LogReader::damaged(const std::string& what) const {
  return invalid_argument(
      fmt::format("{} is damaged: record {} at byte {}: {}", path_, record_, record_begin_, what),
      "record again; nothing from there on can be trusted");
}

Error LogReader::malformed(const std::string& what) const {
  return invalid_argument(fmt::format("{} makes no sense: record {} at byte {}: {}", path_, record_,
                                      record_begin_, what),
                          "record again: what wrote this log was not vyre, or the log was changed");
}

}  // namespace vyre::runtime::replay
