#pragma once

#include <span>
#include <string>

#include "base/owned_fd.hpp"
#include "runtime/replay/log_records.hpp"
#include "vyre/error.hpp"

namespace vyre::runtime::replay {

/// Brings bytes once more: those of the log, or those of the files that it names. One thread.
class InputReader {
 public:
  // Errors: what is not as it was, for the user: a file that is gone, shorter or changed. `fix` is
  // empty.

  /// Fills `target`, which has the slot's length.
  Status fill(const SlotRecord& slot, std::span<std::byte> target);
  /// Fills `target`, which has the load's length, with what came of `resource`; null where the log
  /// knows none of the load's handle.
  Status fill(const LoadRecord& load, const RecordedFile* resource, std::span<std::byte> target);

 private:
  Status read(const RecordedFile& file, u64 offset, std::span<std::byte> target);
  Status open(const std::string& path);

  /// The file that was read last: a stream's chunks follow each other, loads have few resources.
  std::string path_;
  base::OwnedFd file_;
};

}  // namespace vyre::runtime::replay
