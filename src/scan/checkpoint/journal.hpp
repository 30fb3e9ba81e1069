#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/owned_fd.hpp"
#include "vyre/error.hpp"

// A file that only grows: a line that names it, then records. Each carries a checksum of its bytes
// that is seeded by the one before, so what precedes a whole record is whole too, and nothing of
// another journal fits in.
namespace vyre::scan {

/// The line that a journal begins with; the number is its version.
inline constexpr std::string_view kJournalLine = "vyre checkpoint 1\n";

enum class RecordKind : std::uint32_t {
  kCommand = 1,  ///< What is scanned for, and where; the first record, and only that.
  kRun = 2,      ///< A process begins to work.
  kFiles = 3,    ///< Files are done, and how long the output is with theirs.
  kEnd = 4,      ///< All is done.
};

/// Where the next record goes, and its checksum's seed.
struct JournalEnd {
  /// 0 where not even the journal's line is there.
  std::uint64_t offset = 0;
  std::uint64_t checksum = 0;
};

/// Reads records in order up to the first that is not whole. One thread.
class JournalReader {
 public:
  /// `descriptor` stays the caller's. `size` bytes of it are looked at: at least the journal's
  /// line, which the caller has checked.
  JournalReader(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  struct Record {
    RecordKind kind;
    /// Valid until the next call of next().
    std::string_view payload;
  };
  /// Nothing at the end, and at a record that is not whole. Error: reading failed.
  Result<std::optional<Record>> next();
  /// Behind the last record that next() gave.
  [[nodiscard]] const JournalEnd& end() const noexcept { return end_; }
  /// After next() gave nothing: what follows is no record that was cut off while it was written,
  /// but one whose bytes are all there, and wrong.
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

 private:
  Status read(std::uint64_t offset, std::string& bytes, std::size_t size) const;

  int descriptor_;
  std::uint64_t size_;
  JournalEnd end_{.offset = kJournalLine.size()};
  std::string bytes_;
  bool damaged_ = false;
};

/// Appends records. One thread at a time.
class JournalWriter {
 public:
  JournalWriter() = default;
  /// Whatever lies behind `end` is cut off. Error: Syscall naming `path`.
  static Result<JournalWriter> open(base::OwnedFd file, std::string path, const JournalEnd& end);

  /// The first one brings the journal's line with it. Whole or not at all, unless the process is
  /// killed meanwhile. Cost: one write. Error: Syscall
  /// naming the path; the journal ends where it ended before.
  Status append(RecordKind kind, std::string_view payload);

 private:
  Status write(std::string_view bytes);

  base::OwnedFd file_;
  std::string path_;
  JournalEnd end_;
};

}  // namespace vyre::scan
