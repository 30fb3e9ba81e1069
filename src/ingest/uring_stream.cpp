#include "ingest/uring_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "base/units.hpp"
#include "wire/atomics.hpp"

namespace vyre::ingest {
namespace {

constexpr u32 kReapBatch = 128;
constexpr u8 kMaximumRetries = 3;
// A direct read is resumed at a multiple of this; no alignment that the driver accepts is larger.
constexpr u32 kDirectAlignment = kHaloBytes;
// A path is opened for its bytes alone: no waiting for a FIFO's writer, no controlling terminal.
constexpr int kOpenFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

// Files after which a file system that cannot read without waiting is tried again: the next tree
// may lie on another one.
constexpr u32 kSkipNoWait = 64;

// A FIFO, a terminal: their reads complete when someone writes, if ever. One by this name only; it
// takes a race with whoever swaps files to get past this, and a cancel ends even that read.
bool may_wait_forever(const char* path) {
  struct stat state {};
  return ::stat(path, &state) == 0 && !S_ISREG(state.st_mode);
}

// User data of a submission: entry in the low 32 bits, its generation above, the kind above that.
enum class Kind : u64 { kRead = 0, kOpen = 1, kClose = 2 };
constexpr u32 kGenerationMask = (1u << 24) - 1;

constexpr u64 tag(Kind kind, u32 generation, u32 index) {
  return (static_cast<u64>(kind) << 56) | (u64{generation & kGenerationMask} << 32) | index;
}

constexpr bool is_transient(int result) { return result == -EAGAIN || result == -EINTR; }

Error queue_full(u32 inflight) {
  return Error{ErrorCode::kQueueFull, 0, fmt::format("{} reads are in flight", inflight),
               "poll for completions, then try again"};
}

}  // namespace

UringStream::UringStream(uring::Ring& ring, std::span<std::byte> target, IngestTelemetry& telemetry,
                         u32* tail)
    : ring_(ring), target_(target), telemetry_(telemetry), tail_(tail), reaped_(kReapBatch) {
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
  ++entry.generation;
  const ReadPath path =
      request.fixed_buffer ? ReadPath::kRegisteredMappedRead : ReadPath::kUnregisteredRead;
  telemetry_.path(path).submitted.add();
  return index;
}

// Also makes the entry's iovecs, which the submission points at.
uring::Submission UringStream::submission_of(u32 index) {
  InFlight& entry = entries_[index];
  const ReadRequest& request = entry.request;
  uring::Submission made{.operation = uring::Operation::kRead,
                         .fixed_file = request.fixed_file,
                         .no_wait = entry.no_wait,
                         .file = request.file,
                         .offset = request.file_offset + entry.from,
                         .user_data = tag(Kind::kRead, entry.generation, index)};
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

Status UringStream::read(const ReadRequest& request) {
  if (Status status = check(request.target); !status) return status;
  if (room() == 0) return tl::unexpected(queue_full(inflight()));
  if (Status status = reserve(1); !status) return status;
  ring_.queue(submission_of(take_entry(request, request.target.length)));
  return {};
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
  if (Status status = reserve(1); !status) return status;
  ReadRequest plain = request;
  plain.fixed_buffer = false;
  const u32 index = take_entry(plain, static_cast<u32>(length));
  entries_[index].targets.assign(targets.begin(), targets.end());
  ring_.queue(submission_of(index));
  return {};
}

Status UringStream::open_and_read(const char* path, const ReadRequest& request) {
  VYRE_CHECK(request.fixed_file);
  if (Status status = check(request.target); !status) return status;
  if (room() == 0) return tl::unexpected(queue_full(inflight()));
  // A chain ends where a submission ends, so both must go into the same one.
  if (Status status = reserve(2); !status) return status;
  const u32 index = take_entry(request, request.target.length);
  InFlight& entry = entries_[index];
  entry.path = path;
  // A whole file is asked for with a byte too many. The kernel, told not to wait, comes back with
  // the file alone, and does not read once more to meet the end.
  entry.no_wait = skip_no_wait_ == 0;
  if (!entry.no_wait) {
    --skip_no_wait_;
    if (may_wait_forever(path)) {
      finish(index, EAGAIN, true, false);
      return {};
    }
  }
  ring_.queue({.operation = uring::Operation::kOpenDirect,
               .link = true,
               .skip_success = true,
               .file = request.file,
               .address = path,
               .open_flags = kOpenFlags,
               .user_data = tag(Kind::kOpen, entry.generation, index)});
  ring_.queue(submission_of(index));
  return {};
}

Status UringStream::close(uring::FileIndex index) {
  if (Status status = reserve(1); !status) return status;
  ring_.queue({.operation = uring::Operation::kCloseDirect,
               .skip_success = true,
               .file = static_cast<int>(index.value),
               .user_data = tag(Kind::kClose, 0, index.value)});
  telemetry_.closes.add();
  return {};
}

Status UringStream::queue_rest(u32 index) {
  const Status reserved = reserve(1);
  if (reserved) {
    ring_.queue(submission_of(index));
    return {};
  }
  if (reserved.error().code != ErrorCode::kQueueFull) return reserved;
  deferred_.push_back(index);
  return {};
}

Status UringStream::queue_deferred() {
  for (std::size_t count = deferred_.size(); count != 0; --count) {
    const u32 index = deferred_.back();
    deferred_.pop_back();
    if (cancelling_) {
      finish(index, ECANCELED, false, false);
    } else if (Status status = queue_rest(index); !status) {
      return status;
    }
  }
  return {};
}

void UringStream::finish(u32 index, int error, bool open_failed, bool end_of_file) {
  InFlight& entry = entries_[index];
  const ReadRequest& request = entry.request;
  ReadCounters& counters = telemetry_.path(request.fixed_buffer ? ReadPath::kRegisteredMappedRead
                                                                : ReadPath::kUnregisteredRead);
  (error == 0 ? counters.completed : counters.failed).add();
  counters.bytes.add(entry.done);
  if (entry.path != nullptr) (open_failed ? telemetry_.opens_failed : telemetry_.opens).add();
  if (!open_failed) {
    (request.direct ? telemetry_.direct_reads : telemetry_.buffered_reads).add();
    (request.direct ? telemetry_.direct_bytes : telemetry_.buffered_bytes).add(entry.done);
  }
  finished_.push_back({.user_data = request.user_data,
                       .bytes = entry.done,
                       .error = error,
                       .open_failed = open_failed,
                       .end_of_file = end_of_file});
  free_entries_.push_back(index);
}

Status UringStream::handle_read(u32 index, int result) {
  InFlight& entry = entries_[index];
  if (entry.no_wait && (result == -EAGAIN || result == -EOPNOTSUPP) && !cancelling_) {
    if (result == -EOPNOTSUPP) skip_no_wait_ = kSkipNoWait;
    entry.no_wait = false;
    if (!may_wait_forever(entry.path)) return queue_rest(index);
    finish(index, EAGAIN, false, false);
    return {};
  }
  entry.no_wait = false;
  if (is_transient(result) && entry.retries < kMaximumRetries && !cancelling_) {
    ++entry.retries;
    return queue_rest(index);
  }
  if (result < 0) {
    finish(index, -result, false, false);
    return {};
  }
  const auto bytes = static_cast<u32>(result);
  VYRE_CHECK(bytes <= entry.asked);
  const u32 reached = entry.from + bytes;
  const bool progressed = reached > entry.done;
  entry.done = std::max(entry.done, reached);
  const bool stopped_at_expected = bytes < entry.asked && entry.done == entry.request.expected;
  const bool end_of_file = !progressed || stopped_at_expected;
  if (end_of_file || entry.done == entry.length) {
    finish(index, 0, false, end_of_file);
    return {};
  }
  if (cancelling_) {
    finish(index, ECANCELED, false, false);
    return {};
  }
  if (bytes < entry.asked) telemetry_.short_reads_resumed.add();
  entry.from = entry.request.direct ? base::align_down(entry.done, kDirectAlignment) : entry.done;
  return queue_rest(index);
}

Status UringStream::handle(const uring::Completion& completion) {
  const auto kind = static_cast<Kind>(completion.user_data >> 56);
  // Only a failed close completes: the entry was empty, or a cancel came first. Either way the
  // next open into it, or the ring's end, closes what is there.
  if (kind == Kind::kClose) return {};
  const auto index = static_cast<u32>(completion.user_data);
  VYRE_CHECK(index < entries_.size());
  VYRE_CHECK(completion.user_data == tag(kind, entries_[index].generation, index));
  if (kind == Kind::kRead) return handle_read(index, completion.result);
  VYRE_CHECK(kind == Kind::kOpen && completion.result < 0);
  finish(index, -completion.result, true, false);
  return {};
}

Status UringStream::reap() {
  if (Status status = queue_deferred(); !status) return status;
  while (true) {
    const auto count = ring_.reap(reaped_);
    if (!count) return tl::unexpected(count.error());
    for (std::size_t i = 0; i < *count; ++i) {
      if (Status status = handle(reaped_[i]); !status) return status;
    }
    if (*count == 0) return queue_deferred();
  }
}

Status UringStream::flush() { return ring_.submit(); }

Result<PollSummary> UringStream::poll(std::vector<ReadCompletion>& completions) {
  if (Status status = reap(); !status) return tl::unexpected(status.error());
  PollSummary summary;
  for (const ReadCompletion& completion : finished_) {
    ++summary.completed;
    if (completion.error == 0) continue;
    ++summary.failed;
    if (!summary.first_failure) summary.first_failure = completion;
  }
  const u32 succeeded = summary.completed - summary.failed;
  if (tail_ != nullptr && succeeded != 0) wire::store_release(tail_, *tail_ + succeeded);
  completions.insert(completions.end(), finished_.begin(), finished_.end());
  finished_.clear();
  return summary;
}

Status UringStream::wait(std::chrono::nanoseconds timeout) {
  if (!finished_.empty()) return flush();
  return ring_.wait(timeout);
}

Status UringStream::cancel() {
  constexpr std::chrono::milliseconds kCancelAgainAfter{50};
  cancelling_ = true;
  Status status;
  while (status && free_entries_.size() != entries_.size()) {
    status = ring_.cancel_all();
    if (status) status = reap();
    if (status && free_entries_.size() != entries_.size()) status = ring_.wait(kCancelAgainAfter);
  }
  cancelling_ = false;
  return status;
}

}  // namespace vyre::ingest
