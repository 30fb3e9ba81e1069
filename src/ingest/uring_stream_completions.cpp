#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "base/units.hpp"
#include "ingest/stream_tag.hpp"
#include "ingest/uring_stream.hpp"
#include "wire/atomics.hpp"

namespace vyre::ingest {
namespace {

constexpr u8 kMaximumRetries = 3;
// A direct read is resumed at a multiple of this; no alignment that the driver accepts is larger.
constexpr u32 kDirectAlignment = kHaloBytes;
// Files after which a file system that cannot read without waiting is tried again: the next tree
// may lie on another one.
constexpr u32 kSkipNoWait = 64;
constexpr std::chrono::milliseconds kLongWait{100};

constexpr bool is_transient(int result) { return result == -EAGAIN || result == -EINTR; }

}  // namespace

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
  if (Status status = queue_closes(); !status) return status;
  for (std::size_t count = deferred_.size(); count != 0; --count) {
    const u32 index = deferred_.back();
    deferred_.pop_back();
    if (cancelling_) {
      finish(index, {.error = ECANCELED});
    } else if (Status status = queue_rest(index); !status) {
      return status;
    }
  }
  return {};
}

void UringStream::finish(u32 index, const Ending& ending) {
  InFlight& entry = entries_[index];
  const ReadRequest& request = entry.request;
  ReadCounters& counters = telemetry_.path(path_of(request));
  (ending.error == 0 ? counters.completed : counters.failed).add();
  counters.bytes.add(entry.done);
  if (entry.path != nullptr) {
    (ending.open_failed ? telemetry_.opens_failed : telemetry_.opens).add();
    entry.path = nullptr;
    --opened_;
  }
  if (!ending.open_failed) {
    certificate_.add_read(request.origin, certified_path_of(request), entry.done);
    if (request.name_space == nullptr) {
      (request.direct ? telemetry_.direct_reads : telemetry_.buffered_reads).add();
      (request.direct ? telemetry_.direct_bytes : telemetry_.buffered_bytes).add(entry.done);
    }
  }
  finished_.push_back({.user_data = request.user_data,
                       .bytes = entry.done,
                       .length = entry.length,
                       .error = ending.error,
                       .device_status = ending.device_status,
                       .open_failed = ending.open_failed,
                       .end_of_file = ending.end_of_file});
  free_entries_.push_back(index);
}

Status UringStream::handle_command(u32 index, const uring::Completion& completion) {
  InFlight& entry = entries_[index];
  const nvme::DeviceStatus said = completion.device_status;
  const bool again = is_transient(completion.result) || said.is_transient();
  if (again && entry.retries < kMaximumRetries && !cancelling_) {
    ++entry.retries;
    return queue_rest(index);
  }
  int error = completion.result < 0 ? -completion.result : 0;
  if (error == 0 && !said.success()) error = EIO;
  if (error == 0) entry.done = entry.length;
  finish(index, {.error = error, .device_status = said});
  return {};
}

Status UringStream::handle_read(u32 index, int result) {
  InFlight& entry = entries_[index];
  if (entry.no_wait && (result == -EAGAIN || result == -EOPNOTSUPP) && !cancelling_) {
    if (result == -EOPNOTSUPP) skip_no_wait_ = kSkipNoWait;
    entry.no_wait = false;
    return queue_rest(index);
  }
  entry.no_wait = false;
  if (is_transient(result) && entry.retries < kMaximumRetries && !cancelling_) {
    ++entry.retries;
    return queue_rest(index);
  }
  if (result < 0) {
    finish(index, {.error = entry.hopeless ? EAGAIN : -result});
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
    finish(index, {.end_of_file = end_of_file});
    return {};
  }
  if (cancelling_) {
    finish(index, {.error = ECANCELED});
    return {};
  }
  if (bytes < entry.asked) telemetry_.short_reads_resumed.add();
  entry.from = entry.request.direct ? base::align_down(entry.done, kDirectAlignment) : entry.done;
  return queue_rest(index);
}

Status UringStream::handle(const uring::Completion& completion) {
  const auto kind = static_cast<StreamTag>(completion.user_data >> 56);
  // Only a failed close or cancel completes. What a close left open is closed by the next open into
  // the entry, or with the ring; what a cancel did not find has completed.
  if (kind == StreamTag::kUncounted) return {};
  const auto index = static_cast<u32>(completion.user_data);
  VYRE_CHECK(index < entries_.size());
  VYRE_CHECK(completion.user_data == stream_tag(kind, entries_[index].generation, index));
  if (kind == StreamTag::kRead) {
    return entries_[index].request.name_space != nullptr ? handle_command(index, completion)
                                                         : handle_read(index, completion.result);
  }
  VYRE_CHECK(kind == StreamTag::kOpen && completion.result < 0);
  finish(index, {.error = -completion.result, .open_failed = true});
  return {};
}

Status UringStream::reap() {
  if (Status status = queue_deferred(); !status) return status;
  while (true) {
    const auto count = ring_.reap(reaped_);
    if (!count) return tl::unexpected(count.error());
    if (*count != 0) last_progress_ = std::chrono::steady_clock::now();
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
  if (opened_ == 0) return ring_.wait(timeout);
  if (Status status = cancel_hopeless(); !status) return status;
  return ring_.wait(std::min<std::chrono::nanoseconds>(timeout, kLongWait));
}

// A FIFO, a terminal: their reads complete when someone writes, if ever. Nothing tells them from a
// file on a slow disk but a look, which is taken when all has stood still for long.
Status UringStream::cancel_hopeless() {
  if (std::chrono::steady_clock::now() - last_progress_ < kLongWait) return {};
  for (u32 index = 0; index < entries_.size(); ++index) {
    InFlight& entry = entries_[index];
    if (entry.path == nullptr || std::exchange(entry.looked_at, true)) continue;
    struct stat state {};
    if (::stat(entry.path, &state) != 0 || S_ISREG(state.st_mode)) continue;
    if (Status status = reserve(1); !status) return status;
    entry.hopeless = true;
    ring_.queue({.operation = uring::Operation::kCancel,
                 .skip_success = true,
                 .offset = stream_tag(StreamTag::kRead, entry.generation, index),
                 .user_data = stream_tag(StreamTag::kUncounted, 0, index)});
  }
  return {};
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
