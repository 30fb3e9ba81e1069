#pragma once

#include <span>
#include <string>

#include "base/owned_fd.hpp"
#include "runtime/replay/log_records.hpp"
#include "vyre/error.hpp"

namespace vyre::runtime::replay {

/// Puts a slot's bytes together once more: those of the log, or those of the files that it names.
/// One thread.
class InputReader {
 public:
  /// Fills `target`, which has the slot's length. Errors: what is not as it was, for the user: a
  /// file that is gone, shorter or changed. `fix` is empty.
  Status fill(const SlotRecord& slot, std::span<std::byte> target);

 private:
  Status read(const InputExtent& extent, std::span<std::byte> target);
  Status open(const std::string& path);

  /// The file that was read last: a stream's chunks follow each other.
  std::string path_;
  base::OwnedFd file_;
};

}  // namespace vyre::runtime::replay
