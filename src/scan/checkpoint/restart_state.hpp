#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scan/checkpoint/progress_records.hpp"
#include "scan/report/output_ledger.hpp"
#include "vyre/source.hpp"

namespace vyre::scan {

/// A file that has not ended, and of which the output holds a part.
struct PartialFile {
  SourceMark mark;
  std::string path;
  /// Of this file's output, from its beginning; hashed with the seed of the marks.
  OutputPoint written;
};

/// What a process whose device is lost leaves to the one that goes on in its place. Where a
/// checkpoint is kept, that has all from `seed` on.
struct RestartState {
  /// CommandIdentity::encode.
  std::string identity;
  /// The device was lost so often, and how it was the last time.
  std::uint64_t restarts = 0;
  std::string reason;
  /// What was read before the scan began, and cannot be read again where it came from a pipe.
  std::vector<std::string> inputs;
  /// Of the output, where that was opened by its path; else -1.
  int output = -1;

  /// Of FileMarks.
  std::uint64_t seed = 0;
  /// Of all processes together.
  std::uint64_t nanoseconds = 0;
  std::optional<PartialFile> partial;
  /// Output of files that are done: it belongs behind the partial file's.
  std::string held_back;
  /// Files that are done, and errors of the walk that were told.
  FinishedFiles files;

  /// Cost: copies all twice, 16 bytes for each file among it.
  [[nodiscard]] std::string encode() const;
  /// Nothing where `bytes` are not what encode() gave, by form and checksum.
  static std::optional<RestartState> decode(std::string_view bytes);
};

}  // namespace vyre::scan
