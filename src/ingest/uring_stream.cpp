#include "ingest/uring_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "ingest/stream_tag.hpp"

namespace vyre::ingest {
namespace {

constexpr u32 kReapBatch = 128;
// A path is opened for its bytes alone: no waiting for a FIFO's writer, no controlling terminal.
constexpr int kOpenFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

Error queue_full(u32 inflight) {
  return Error{ErrorCode::kQueueFull, 0, fmt::format("{} reads are in flight", inflight),
               "poll for completions, then try again"};
}

}  // namespace

UringStream::UringStream(uring::Ring& ring, std::span<std::byte> target, IngestTelemetry& telemetry,
                         PathCertificate& certificate, u32* tail)
    : ring_(ring),
      target_(target),
      telemetry_(telemetry),
      certificate_(certificate),
      tail_(tail),
      reaped_(kReapBatch) {
  // Failed closes complete without having been counted on: they get the part left over.
  const u32 completions = ring.completion_capacity();
  const u32 capacity = std::max<u32>(1, completions - std::min<u32>(16, completions / 4));
  entries_.resize(capacity);
  free_entries_.reserve(capacity);
  deferred_.reserve(capacity);
  finished_.reserve(capacity);
  for (u32 i = capacity; i != 0; --i) free_entries_.push_back(i - 1);
}

u32 UringStream::room() const noexcept { return static_cast<u32>(free_entries_.size()); }

u32 UringStream::inflight() const noexcept {
  return static_cast<u32>(entries_.size() - free_entries_.size() + finished_.size());
}

Status UringStream::check(const TargetRange& range) const {
  if (range.length != 0 && base::range_fits<u64>(range.offset, range.length, target_.size())) {
    return {};
  }
  return tl::unexpected(invalid_argument(
      fmt::format("a read of {} bytes to offset {} does not lie in a target of {} bytes",
                  range.length, range.offset, target_.size()),
      "read at least one byte, into the target"));
}

Status UringStream::reserve(u32 submissions) {
  if (ring_.space() >= submissions) return {};
  if (Status status = ring_.submit(); !status) return status;
  if (ring_.space() >= submissions) return {};
  return tl::unexpected(queue_full(inflight()));
}

u32 UringStream::take_entry(const ReadRequest& request, u32 length) {
  const u32 index = free_entries_.back();
  free_entries_.pop_back();
  InFlight& entry = entries_[index];
  entry.request = request;
  entry.targets.clear();
  entry.length = length;
  entry.done = 0;
  entry.from = 0;
  entry.retries = 0;
  entry.path = nullptr;
  entry.no_wait = false;
  entry.looked_at = false;
  entry.hopeless = false;
  ++entry.generation;
  telemetry_.path(path_of(request)).submitted.add();
  return index;
}

// Also makes the entry's iovecs, which the submission points at.
uring::Submission UringStream::submission_of(u32 index) {
  InFlight& entry = entries_[index];
  const ReadRequest& request = entry.request;
  if (request.name_space != nullptr) return command_submission_of(index);
  uring::Submission made{.operation = uring::Operation::kRead,
                         .fixed_file = request.fixed_file,
                         .no_wait = entry.no_wait,
                         .file = request.file,
                         .offset = request.file_offset + entry.from,
                         .user_data = stream_tag(StreamTag::kRead, entry.generation, index)};
  entry.asked = entry.length - entry.from;
  if (entry.targets.empty()) {
    // A buffered read that stops short inside the kernel is handed to a kernel thread by file
    // systems without asynchronous reads (tmpfs, overlayfs), so what is known to be there is asked
    // for alone, and the rest after it.
    const bool stops_short = request.expected > entry.from && !request.direct && !entry.no_wait;
    if (stops_short) entry.asked = std::min(entry.asked, request.expected - entry.from);
    if (request.fixed_buffer) made.operation = uring::Operation::kReadFixed;
    made.address = target_.data() + request.target.offset + entry.from;
    made.length = entry.asked;
    return made;
  }
  entry.vectors.clear();
  u64 skip = entry.from;
  for (const TargetRange& range : entry.targets) {
    const u64 skipped = std::min<u64>(skip, range.length);
    skip -= skipped;
    if (skipped == range.length) continue;
    entry.vectors.push_back({target_.data() + range.offset + skipped, range.length - skipped});
  }
  made.operation = uring::Operation::kReadVectored;
  made.address = entry.vectors.data();
  made.length = static_cast<u32>(entry.vectors.size());
  return made;
}

Result<nvme::ReadCommand> UringStream::command_of(const ReadRequest& request) const {
  const u32 block_bytes = request.name_space->block_bytes;
  if (request.file_offset % block_bytes != 0) {
    return tl::unexpected(
        invalid_argument(fmt::format("a command at byte {} of a namespace with blocks of {} bytes",
                                     request.file_offset, block_bytes),
                         "begin at a block"));
  }
  return nvme::encode_nvme_read(
      *request.name_space, {request.file_offset / block_bytes, request.target.length / block_bytes},
      {target_.data() + request.target.offset, request.target.length});
}

uring::Submission UringStream::command_submission_of(u32 index) {
  const InFlight& entry = entries_[index];
  const ReadRequest& request = entry.request;
  // It was encoded once already, when the read was asked for.
  command_ = *command_of(request);
  return {.operation =
              request.fixed_buffer ? uring::Operation::kNvmeReadFixed : uring::Operation::kNvmeRead,
          .fixed_file = request.fixed_file,
          .file = request.file,
          .command = &command_,
          .user_data = stream_tag(StreamTag::kRead, entry.generation, index)};
}

Status UringStream::read(const ReadRequest& request) {
  if (Status status = check(request.target); !status) return status;
  if (request.name_space != nullptr) {
    if (const auto command = command_of(request); !command) {
      return tl::unexpected(command.error());
    }
  }
  if (room() == 0) return tl::unexpected(queue_full(inflight()));
  return queue_rest(take_entry(request, request.target.length));
}

Status UringStream::read_vectored(const ReadRequest& request,
                                  std::span<const TargetRange> targets) {
  u64 length = 0;
  for (const TargetRange& range : targets) {
    if (Status status = check(range); !status) return status;
    length += range.length;
  }
  if (targets.empty() || targets.size() > IOV_MAX || length > std::numeric_limits<u32>::max()) {
    return tl::unexpected(invalid_argument(
        fmt::format("a vectored read of {} bytes into {} ranges", length, targets.size()),
        fmt::format("give 1 to {} ranges of less than 4 GiB together", IOV_MAX)));
  }
  if (room() == 0) return tl::unexpected(queue_full(inflight()));
  ReadRequest plain = request;
  plain.fixed_buffer = false;
  const u32 index = take_entry(plain, static_cast<u32>(length));
  entries_[index].targets.assign(targets.begin(), targets.end());
  return queue_rest(index);
}

Status UringStream::open_and_read(const char* path, const ReadRequest& request) {
  VYRE_CHECK(request.fixed_file);
  if (Status status = check(request.target); !status) return status;
  if (room() == 0) return tl::unexpected(queue_full(inflight()));
  // An entry's close must not come after its next open.
  if (Status status = queue_closes(); !status) return status;
  if (!unclosed_.empty()) return tl::unexpected(queue_full(inflight()));
  // A chain ends where a submission ends, so both must go into the same one.
  if (Status status = reserve(2); !status) return status;
  const u32 index = take_entry(request, request.target.length);
  InFlight& entry = entries_[index];
  entry.path = path;
  // A whole file is asked for with a byte too many. The kernel, told not to wait, comes back with
  // the file alone, and does not read once more to meet the end.
  entry.no_wait = skip_no_wait_ == 0;
  if (!entry.no_wait) --skip_no_wait_;
  ++opened_;
  ring_.queue({.operation = uring::Operation::kOpenDirect,
               .link = true,
               .skip_success = true,
               .file = request.file,
               .address = path,
               .open_flags = kOpenFlags,
               .user_data = stream_tag(StreamTag::kOpen, entry.generation, index)});
  ring_.queue(submission_of(index));
  return {};
}

Status UringStream::close(uring::FileIndex index) {
  telemetry_.closes.add();
  unclosed_.push_back(index);
  return queue_closes();
}

Status UringStream::queue_closes() {
  while (!unclosed_.empty()) {
    if (Status status = reserve(1); !status) {
      return status.error().code == ErrorCode::kQueueFull ? Status{} : status;
    }
    const u32 index = unclosed_.back().value;
    unclosed_.pop_back();
    ring_.queue({.operation = uring::Operation::kCloseDirect,
                 .skip_success = true,
                 .file = static_cast<int>(index),
                 .user_data = stream_tag(StreamTag::kUncounted, 0, index)});
  }
  return {};
}

}  // namespace vyre::ingest
