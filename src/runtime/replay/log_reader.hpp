#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/replay/log_frame.hpp"
#include "vyre/error.hpp"

namespace vyre::runtime::replay {

/// One record as it lies in the log.
struct RawRecord {
  RecordKind kind;
  /// Its fields, as they were written; valid until the next call of the same function.
  std::span<const std::byte> content;
};

/// Reads a log, which may hold anything, record by record. Holds one record of each of next() and
/// again() in memory, of at most kMaxRecordBytes, and no more than the file has.
class LogReader {
 public:
  /// Errors: Syscall; InvalidArgument where it is no regular file, no log, or of another version.
  static Result<LogReader> open(const std::string& path);

  /// The next record, or nothing at the end of what is there. Errors: InvalidArgument with the
  /// record's place where it is damaged; Syscall.
  Result<std::optional<RawRecord>> next();
  /// Where the record begins that next() gave last.
  [[nodiscard]] u64 position() const noexcept { return record_begin_; }
  /// Reads the record that begins there, which next() has given before, once more. Its views are
  /// valid until the next such call. What was checked of it must be checked again: the file may be
  /// another by now. Errors: changed(); Syscall.
  template <class Record>
  Status again(u64 position, Record& record) {
    const auto raw = again(position);
    if (!raw) return tl::unexpected(raw.error());
    if (raw->kind == Record::kKind && read_record(raw->content, record)) return {};
    return tl::unexpected(changed(position));
  }
  /// InvalidArgument: what begins there is not what was there.
  [[nodiscard]] Error changed(u64 position) const;
  /// An error of the record that next() gave last, which is sound but makes no sense.
  [[nodiscard]] Error malformed(const std::string& what) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  LogReader(std::string path, File file, u64 size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}
  Status check_header();
  Result<RawRecord> again(u64 position);
  [[nodiscard]] Status read(void* target, std::size_t bytes);
  [[nodiscard]] u64 rest() const noexcept { return size_ - position_; }
  [[nodiscard]] Error damaged(const std::string& what) const;

  std::string path_;
  File file_;
  /// When it was opened: one that is being written is read up to there.
  u64 size_;
  u64 position_ = 0;
  /// Of the record that was read last, from 1, and where it begins.
  u64 record_ = 0;
  u64 record_begin_ = 0;
  std::vector<std::byte> content_;
  std::vector<std::byte> content_again_;
};

}  // namespace vyre::runtime::replay
