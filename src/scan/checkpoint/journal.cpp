#include "scan/checkpoint/journal.hpp"

#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vyre::scan {
namespace {

/// Before each payload; behind it comes the checksum of both.
struct RecordHeader {
  std::uint32_t kind;
  std::uint32_t bytes;
};
constexpr std::size_t kChecksumBytes = sizeof(std::uint64_t);

std::uint64_t checksum_of(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace

Result<std::optional<JournalReader::Record>> JournalReader::next() {
  const std::uint64_t rest = size_ - end_.offset;
  if (rest < sizeof(RecordHeader)) return std::nullopt;
  if (auto done = read(end_.offset, bytes_, sizeof(RecordHeader)); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  RecordHeader header{};
  std::memcpy(&header, bytes_.data(), sizeof header);
  const std::uint64_t whole = sizeof header + std::uint64_t{header.bytes} + kChecksumBytes;
  // The rest of the file bounds what a wrong length can make us allocate.
  if (whole > rest) return std::nullopt;
  if (auto done = read(end_.offset, bytes_, static_cast<std::size_t>(whole)); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  const std::string_view record(bytes_);
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, record.data() + sizeof header + header.bytes, sizeof checksum);
  if (checksum != checksum_of(record.substr(0, sizeof header + header.bytes), end_.checksum)) {
    damaged_ = true;
    return std::nullopt;
  }
  end_ = {.offset = end_.offset + whole, .checksum = checksum};
  return Record{.kind = static_cast<RecordKind>(header.kind),
                .payload = record.substr(sizeof header, header.bytes)};
}

Status JournalReader::read(std::uint64_t offset, std::string& bytes, std::size_t size) const {
  bytes.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t taken =
        ::pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (taken > 0) {
      done += static_cast<std::size_t>(taken);
    } else if (taken == 0) {
      return tl::unexpected(unavailable("became shorter while it was read",
                                        "see that nothing else writes to it, and run again"));
    } else if (errno != EINTR) {
      return tl::unexpected(syscall_error("read", errno));
    }
  }
  return {};
}

Result<JournalWriter> JournalWriter::open(base::OwnedFd file, std::string path,
                                          const JournalEnd& end) {
  JournalWriter writer;
  writer.file_ = std::move(file);
  writer.path_ = std::move(path);
  writer.end_ = end;
  if (::ftruncate(writer.file_.get(), static_cast<off_t>(end.offset)) != 0) {
    return tl::unexpected(syscall_error("cut checkpoint " + writer.path_, errno));
  }
  return writer;
}

Status JournalWriter::append(RecordKind kind, std::string_view payload) {
  const RecordHeader header{.kind = static_cast<std::uint32_t>(kind),
                            .bytes = static_cast<std::uint32_t>(payload.size())};
  if (header.bytes != payload.size()) {
    return tl::unexpected(unavailable("a record of the checkpoint exceeds 4 GiB",
                                      "scan fewer files at once, or without --checkpoint"));
  }
  const std::string_view line = end_.offset == 0 ? kJournalLine : std::string_view();
  std::string record;
  record.reserve(line.size() + sizeof header + payload.size() + kChecksumBytes);
  record.append(line);
  record.append(reinterpret_cast<const char*>(&header), sizeof header).append(payload);
  const std::uint64_t checksum =
      checksum_of(std::string_view(record).substr(line.size()), end_.checksum);
  record.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  if (auto written = write(record); !written) return written;
  end_.checksum = checksum;
  return {};
}

Status JournalWriter::write(std::string_view bytes) {
  const std::uint64_t begin = end_.offset;
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(end_.offset));
    if (written > 0) {
      end_.offset += static_cast<std::uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      const int error_number = written == 0 ? EIO : errno;
      // Where this fails too, the next run finds the record torn.
      end_.offset = begin;
      static_cast<void>(::ftruncate(file_.get(), static_cast<off_t>(begin)));
      return tl::unexpected(syscall_error("write checkpoint " + path_, error_number,
                                          "make room, then run the same command again"));
    }
  }
  return {};
}

}  // namespace vyre::scan
