#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "tests/simulation/simulated_ring.hpp"
#include "tests/simulation/violation.hpp"

// What happens to reads.
namespace vyre::simulation {
namespace {

constexpr u32 kDirectBlock = 4096;

}  // namespace

void SimulatedRing::plan_read(Read& read) {
  const u32 draw = chance_.below(1000);
  const u32 hard = plan_.hard_failures;
  if (draw < hard) {
    read.hard = chance_.one_of({EIO, ENOMEM, ECANCELED});
    read.good_before = chance_.below(2);
  } else if (draw < hard + plan_.endless_transient) {
    read.endless = true;
  } else if (draw < hard + plan_.endless_transient + plan_.transient) {
    read.transient_left = chance_.between(1, 3);
  }
}

// From here on the kernel holds the file and may write to the target.
void SimulatedRing::start_read(Op& op) {
  const uring::Submission& submission = op.submission;
  op.entry = table_.at(static_cast<std::size_t>(submission.file));
  if (!submission.fixed_file || op.entry.file == nullptr) {
    violate("read-of-an-open-file", fmt::format("entry {} is empty", submission.file));
  }
  Read& read = reads_.at(submission.user_data);
  if (read.file == nullptr) read.file = op.entry.file;
  if (read.file != op.entry.file) violate("read-of-an-open-file", "it goes on in another file");
  const u64 known = read.first_offset + read.reached;
  const u64 kept = known > submission.offset ? known - submission.offset : 0;
  auto* const target = static_cast<std::byte*>(const_cast<void*>(submission.address));
  if (kept < submission.length)
    std::fill(target + kept, target + submission.length, std::byte{0xEE});
}

std::optional<int> SimulatedRing::planned_failure(const Op& op, Read& read) {
  const auto certain = [&](int error) {
    read.file->causes.push_back({error, read.first_offset, true});
    ++coverage_.failed_reads;
    return -error;
  };
  if (read.hard != 0 && read.good_before-- == 0) return certain(read.hard);
  if (read.hard != 0) return std::nullopt;
  if (op.entry.direct && plan_.direct_refused) {
    ++coverage_.refused_direct_reads;
    read.file->causes.push_back({EINVAL, read.first_offset, false});
    return -EINVAL;
  }
  if (!read.endless && read.transient_left == 0) return std::nullopt;
  if (!read.endless) --read.transient_left;
  ++coverage_.transient_failures;
  const int error = read.file->number % 2 == 0 ? EAGAIN : EINTR;
  // A packed file that says EAGAIN is read again as a stream.
  if (++read.transient_seen > 3) {
    read.file->causes.push_back({error, read.first_offset, error != EAGAIN});
  }
  return -error;
}

int SimulatedRing::read_result(const Op& op, Read& read) {
  const uring::Submission& submission = op.submission;
  if (submission.no_wait) {
    if (!plan_.no_wait_supported) {
      ++coverage_.reads_without_no_wait;
      return -EOPNOTSUPP;
    }
    if (chance_.below(1000) < plan_.uncached) {
      ++coverage_.uncached_reads;
      return -EAGAIN;
    }
  }
  if (const auto failure = planned_failure(op, read)) return *failure;
  const u64 size = op.entry.file->size;
  const u64 left = size > submission.offset ? size - submission.offset : 0;
  auto count = static_cast<u32>(std::min<u64>(submission.length, left));
  const u32 least = op.entry.direct ? kDirectBlock : 1;
  if (count > least && chance_.below(1000) < plan_.short_reads) {
    count = chance_.between(1, count - 1);
    // Past the page cache whole blocks come, but for a file's end.
    if (op.entry.direct) count = std::max(count / kDirectBlock, 1u) * kDirectBlock;
    ++coverage_.short_reads;
  }
  if (op.entry.direct) ++coverage_.direct_reads;
  return static_cast<int>(count);
}

void SimulatedRing::run_read(Op& op) {
  const uring::Submission& submission = op.submission;
  if (watch != nullptr)
    watch->check_writable({static_cast<const std::byte*>(submission.address), submission.length});
  Read& read = reads_.at(submission.user_data);
  const int result = read_result(op, read);
  if (result > 0) {
    const auto count = static_cast<std::size_t>(result);
    auto* const target = static_cast<std::byte*>(const_cast<void*>(submission.address));
    fill_bytes(*op.entry.file, submission.offset, {target, count});
    read.reached = std::max(read.reached, submission.offset + count - read.first_offset);
  }
  post(op, result);
}

}  // namespace vyre::simulation
