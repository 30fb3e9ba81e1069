#pragma once

#include <map>
#include <vector>

#include "nvme/status.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// Why a block could not be read.
struct BadBlockReason {
  /// What the device said of a command; success where the block layer said it, by an errno.
  nvme::DeviceStatus status;
  int error = 0;
  friend bool operator==(const BadBlockReason&, const BadBlockReason&) = default;
};

/// The blocks of one device that could not be read, as runs of neighbours with the same reason.
/// Memory is bounded, however many there are: past kMostRuns only their number is kept.
class BadBlocks {
 public:
  static constexpr std::size_t kMostRuns = 1024;

  /// Adds a block; one that is known already, since two chunks have it in their halos, is passed
  /// over.
  void add(u64 block, const BadBlockReason& reason);
  /// Blocks that were added, unless known already.
  [[nodiscard]] u64 count() const noexcept { return count_; }
  /// One error per run that begins before block `end`, ascending, and one for those not kept.
  [[nodiscard]] std::vector<Error> errors(u64 end) const;

 private:
  struct Run {
    u64 count;
    BadBlockReason reason;
  };
  /// By first block; runs neither overlap nor, with the same reason, touch.
  std::map<u64, Run> runs_;
  u64 count_ = 0;
  u64 unlisted_ = 0;
};

}  // namespace vyre::ingest
