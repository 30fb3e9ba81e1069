#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "runtime/result_fold.hpp"
#include "vyre/chunk.hpp"
#include "vyre/error.hpp"

namespace vyre::runtime {

/// What a consumer has of a file, or of a part of one.
struct FileEnd {
  ResultFold fold;
  std::uint64_t bytes = 0;
  std::optional<Error> error = std::nullopt;
  std::optional<ProgramFault> fault = std::nullopt;

  /// Back to that of a file of which nothing has been seen.
  void begin();
};

/// A file that several rings stream, each some of its parts. Thread-safe. Cost: a lock a part.
class JoinedFile {
 public:
  /// `parts`: 1 or more.
  explicit JoinedFile(std::uint64_t parts) : uncounted_(parts), unjoined_(parts) {}
  JoinedFile(const JoinedFile&) = delete;
  JoinedFile& operator=(const JoinedFile&) = delete;

  /// A part has ended; once for each. Of the last one: whether any has failed.
  std::optional<bool> count(bool failed);
  /// Takes what a consumer has of the part that begins at byte `begin`; once for each. False while
  /// others are missing. Of the last one, `end` becomes what all come to: where any has failed, the
  /// error that stands first in the file, and the bytes before it.
  bool join(std::uint64_t begin, FileEnd& end);

 private:
  void take(std::uint64_t begin, const FileEnd& part);

  std::mutex mutex_;
  std::uint64_t uncounted_;
  std::uint64_t unjoined_;
  bool failed_ = false;
  std::optional<FileEnd> whole_;
  /// Where the first part begins that has an error.
  std::uint64_t error_begin_ = 0;
};

/// A consumer has seen the end of a file: true where `end` is what there is of all of it, as it is
/// of a file that does not come in parts.
bool join_parts(const StreamedFile& file, FileEnd& end);

}  // namespace vyre::runtime
