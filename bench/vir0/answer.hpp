#pragma once

#include <compare>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::bench {

/// A record as the host hands it out: its offset is in the file.
struct FileRecord {
  u64 offset;
  u32 value;
  friend auto operator<=>(const FileRecord&, const FileRecord&) = default;
};

/// What a task finds out about a file, however it is done: the result words in the order of the
/// program's declarations, and the records, sorted.
struct Answer {
  std::vector<u64> words;
  std::vector<FileRecord> records;
  friend bool operator==(const Answer&, const Answer&) = default;
};

}  // namespace vyre::bench
