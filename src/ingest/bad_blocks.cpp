#include "ingest/bad_blocks.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <iterator>

#include "nvme/read_command.hpp"
#include "nvme/refusal.hpp"

namespace vyre::ingest {
namespace {

constexpr const char* kFix = "restore these blocks from a copy";

Error error_of(nvme::BlockSpan blocks, const BadBlockReason& reason) {
  if (!reason.status.success()) return nvme::device_error(reason.status, blocks);
  return syscall_error(fmt::format("reading {}", nvme::to_string(blocks)), reason.error, kFix);
}

}  // namespace

void BadBlocks::add(u64 block, const BadBlockReason& reason) {
  const auto after = runs_.upper_bound(block);
  const auto before = after == runs_.begin() ? runs_.end() : std::prev(after);
  const bool any_before = before != runs_.end();
  if (any_before && block - before->first < before->second.count) return;
  ++count_;
  const bool joins_before = any_before && block - before->first == before->second.count &&
                            before->second.reason == reason;
  const bool joins_after =
      after != runs_.end() && after->first == block + 1 && after->second.reason == reason;
  if (joins_before) {
    before->second.count += 1 + (joins_after ? after->second.count : 0);
    if (joins_after) runs_.erase(after);
    return;
  }
  if (!joins_after && runs_.size() == kMostRuns) {
    ++unlisted_;
    return;
  }
  Run run{1, reason};
  if (joins_after) {
    run.count += after->second.count;
    runs_.erase(after);
  }
  runs_.emplace(block, run);
}

std::vector<Error> BadBlocks::errors(u64 end) const {
  std::vector<Error> made;
  for (const auto& [first, run] : runs_) {
    if (first < end) made.push_back(error_of({first, run.count}, run.reason));
  }
  if (unlisted_ != 0) {
    made.push_back(Error{ErrorCode::kSyscall, EIO,
                         fmt::format("{} further blocks could not be read", unlisted_), kFix});
  }
  return made;
}

}  // namespace vyre::ingest
