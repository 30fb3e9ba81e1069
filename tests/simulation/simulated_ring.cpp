#include "tests/simulation/simulated_ring.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tests/simulation/violation.hpp"

namespace vyre::simulation {
namespace {

using uring::Operation;

bool is_read(const uring::Submission& submission) {
  return submission.operation == Operation::kRead || submission.operation == Operation::kReadFixed;
}

std::span<const std::byte> target_of(const uring::Submission& submission) {
  return {static_cast<const std::byte*>(submission.address), submission.length};
}

bool overlap(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.data() < b.data() + b.size() && b.data() < a.data() + a.size();
}

}  // namespace

SimulatedRing::SimulatedRing(Scheduler& scheduler, Chance& chance, Coverage& coverage,
                             SimulatedFiles& files, const RingPlan& plan)
    : scheduler_(scheduler),
      chance_(chance),
      coverage_(coverage),
      files_(files),
      plan_(plan),
      table_(plan.file_slots) {}

void SimulatedRing::begin_job(const IngestTelemetry* telemetry) {
  telemetry_ = telemetry;
  failed_ = false;
  reads_.clear();
}

void SimulatedRing::check_idle() const {
  for (const auto& [sequence, op] : in_flight_) {
    if (!is_read(op.submission) && !op.successor) continue;
    violate("nothing-in-flight-at-the-end",
            fmt::format("a read of {} bytes at {}", op.submission.length, op.submission.offset));
  }
}

void SimulatedRing::check_balance(bool whole) const {
  check_idle();
  check_counters();
  const u64 begun = telemetry_->path(ReadPath::kRegisteredMappedRead).submitted.value();
  if (whole && begun != reads_.size()) {
    violate("counters-balance",
            fmt::format("{} reads were made, {} counted", reads_.size(), begun));
  }
  const u64 left = telemetry_->in_flight(ReadPath::kRegisteredMappedRead);
  if (left != 0) violate("counters-balance", fmt::format("{} reads are still counted", left));
  u64 reached = 0;
  for (const auto& [tag, read] : reads_) reached += read.reached;
  const u64 told = telemetry_->path(ReadPath::kRegisteredMappedRead).bytes.value();
  const u64 by_way = telemetry_->buffered_bytes.value() + telemetry_->direct_bytes.value();
  for (const ReadPath other :
       {ReadPath::kNvmePassthrough, ReadPath::kNvmePeer, ReadPath::kUnregisteredRead}) {
    if (telemetry_->path(other).submitted.value() == 0) continue;
    violate("counters-balance", "reads are counted that went by no such path");
  }
  if (told != reached || by_way != reached) {
    violate("counters-balance", fmt::format("{} bytes were read, {} counted", reached, told));
  }
}

void SimulatedRing::drain() {
  in_flight_.clear();
  queued_.clear();
  completions_.clear();
}

void SimulatedRing::check_counters() const {
  if (telemetry_ == nullptr) return;
  const u64 told = telemetry_->path(ReadPath::kRegisteredMappedRead).submitted.value();
  // One that the ring had no space for is counted already.
  if (told < reads_.size()) {
    violate("counters-balance",
            fmt::format("{} reads were begun, {} counted", reads_.size(), told));
  }
  u64 waiting = 0;
  for (const auto& [sequence, op] : in_flight_) {
    waiting += is_read(op.submission) || op.successor ? 1 : 0;
  }
  if (telemetry_->in_flight(ReadPath::kRegisteredMappedRead) < waiting) {
    violate("counters-balance",
            fmt::format("{} reads are in flight, {} counted", waiting,
                        telemetry_->in_flight(ReadPath::kRegisteredMappedRead)));
  }
}

bool SimulatedRing::reads_into(std::span<const std::byte> target) const {
  const auto hits = [target](const uring::Submission& submission) {
    return is_read(submission) && overlap(target_of(submission), target);
  };
  for (const auto& [sequence, op] : in_flight_) {
    if (hits(op.submission) || (op.successor && hits(*op.successor))) return true;
  }
  return std::any_of(queued_.begin(), queued_.end(), hits);
}

u32 SimulatedRing::space() const noexcept {
  const u32 left = plan_.entries - static_cast<u32>(queued_.size());
  if (left == 0) ++coverage_.full_submission_queues;
  return left;
}

void SimulatedRing::queue(const uring::Submission& submission) {
  if (queued_.size() == plan_.entries) violate("space-before-queue", "the queue is full");
  if (is_read(submission)) {
    const auto target = target_of(submission);
    if (reads_into(target)) violate("one-read-into-a-place", "two reads are in flight");
    if (watch != nullptr) watch->check_writable(target);
    const auto [entry, added] = reads_.try_emplace(submission.user_data);
    if (added) {
      entry->second.first_offset = submission.offset;
      plan_read(entry->second);
      ++coverage_.reads;
      if (!known_tags_.insert(submission.user_data).second) ++coverage_.reused_tags;
    }
  }
  if (!submission.skip_success) ++counted_;
  if (counted_ == plan_.completions) ++coverage_.full_completion_queues;
  if (counted_ > plan_.completions) {
    violate("completions-have-room", fmt::format("{} are in flight", counted_));
  }
  queued_.push_back(submission);
}

Status SimulatedRing::fail_if_planned(const char* call) {
  ++calls_;
  const bool now = plan_.fails_at != 0 &&
                   (calls_ == plan_.fails_at || (plan_.fails_for_ever && calls_ > plan_.fails_at));
  if (!now) return {};
  failed_ = true;
  ++coverage_.ring_failures;
  return tl::unexpected(syscall_error(call, ENXIO));
}

Status SimulatedRing::submit() {
  if (on_submit) on_submit();
  scheduler_.maybe_yield();
  if (Status status = fail_if_planned("io_uring_enter"); !status) return status;
  check_counters();
  // EBUSY: the kernel wants its completions reaped first. EAGAIN: it has no memory for now.
  if (!queued_.empty() && chance_.below(1000) < plan_.busy) {
    ++coverage_.busy_submissions;
    return {};
  }
  take_queued();
  return {};
}

void SimulatedRing::take_queued() {
  const std::vector<uring::Submission> taken = std::exchange(queued_, {});
  for (std::size_t i = 0; i < taken.size(); ++i) {
    Op op{.submission = taken[i], .sequence = ++sequence_, .entry = {}, .successor = {}};
    if (taken[i].link) {
      if (i + 1 == taken.size()) violate("chains-are-whole", "a chain ends with its submission");
      op.successor = taken[++i];
    }
    start(std::move(op));
  }
}

void SimulatedRing::start(Op op) {
  switch (op.submission.operation) {
    case Operation::kCloseDirect:
      return run_close(op);
    case Operation::kCancel:
      // Nothing that a driver cancels one by one is ever simulated.
      ++counted_;
      return post(op, -ENOENT);
    case Operation::kOpenDirect:
      break;
    default:
      start_read(op);
      break;
  }
  schedule(std::move(op));
}

void SimulatedRing::schedule(Op op) {
  const u64 sequence = op.sequence;
  Time latency = chance_.between(1, 100) * kMicrosecond;
  if (chance_.below(1000) < plan_.slow) latency = chance_.between(1, 300) * kMillisecond;
  if (chance_.below(1000) < plan_.lost && is_read(op.submission)) {
    op.lost = true;
    ++coverage_.lost_reads;
    if (on_lost) on_lost();
  } else {
    scheduler_.at(scheduler_.now() + latency, [this, sequence] { run(sequence); });
  }
  in_flight_.emplace(sequence, std::move(op));
}

void SimulatedRing::run(u64 sequence) {
  const auto found = in_flight_.find(sequence);
  if (found == in_flight_.end()) return;
  Op op = std::move(found->second);
  in_flight_.erase(found);
  if (op.submission.operation == Operation::kOpenDirect) return run_open(op);
  run_read(op);
}

void SimulatedRing::run_open(Op& op) {
  SimulatedFile* const file = files_.find(static_cast<const char*>(op.submission.address));
  if (file == nullptr || file->missing) return fail(op, ENOENT);
  if (file->open_error != 0) {
    file->causes.push_back({file->open_error, 0, true});
    return fail(op, file->open_error);
  }
  table_.at(static_cast<std::size_t>(op.submission.file)) = {file, false};
  if (!op.submission.skip_success) post(op, 0);
  if (op.successor) {
    Op next{.submission = *op.successor, .sequence = ++sequence_, .entry = {}, .successor = {}};
    start_read(next);
    schedule(std::move(next));
  }
}

void SimulatedRing::run_close(const Op& op) {
  OpenEntry& entry = table_.at(static_cast<std::size_t>(op.submission.file));
  if (entry.file == nullptr) violate("close-of-an-open-file", "the entry is empty");
  entry = {};
  if (!op.submission.skip_success) post(op, 0);
}

// The head of a chain completes in place of what follows it, which is dropped.
void SimulatedRing::fail(const Op& op, int error) {
  if (op.submission.operation == Operation::kOpenDirect) ++coverage_.failed_opens;
  if (op.successor) --counted_;
  if (op.submission.skip_success) ++counted_;
  post(op, -error);
}

void SimulatedRing::post(const Op& op, int result) {
  if (op.sequence < newest_posted_) ++coverage_.reordered_completions;
  newest_posted_ = std::max(newest_posted_, op.sequence);
  const uring::Completion completion{.user_data = op.submission.user_data, .result = result};
  completions_.push_back(completion);
  scheduler_.wake(waiter_);
}

Status SimulatedRing::wait(std::chrono::nanoseconds timeout) {
  if (Status status = submit(); !status) return status;
  const Time until =
      scheduler_.now() + static_cast<Time>(std::max<std::int64_t>(timeout.count(), 0));
  if (!queued_.empty()) return {};
  if (!woken_ && completions_.empty()) {
    waiter_ = scheduler_.current();
    scheduler_.sleep_until(until);
    waiter_ = nullptr;
    if (!woken_ && completions_.empty() && scheduler_.now() >= until && on_timeout) {
      on_timeout(timeout);
    }
  }
  if (completions_.empty()) woken_ = false;
  return {};
}

Result<std::size_t> SimulatedRing::reap(std::span<uring::Completion> completions) {
  scheduler_.maybe_yield();
  if (Status status = fail_if_planned("reap"); !status) return tl::unexpected(status.error());
  std::size_t count = std::min(completions.size(), completions_.size());
  if (count > 1 && chance_.below(1000) < plan_.partial_reaps) {
    count = chance_.between(1, static_cast<u32>(count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    completions[i] = completions_.front();
    completions_.pop_front();
    if (counted_ != 0) --counted_;
  }
  return count;
}

Status SimulatedRing::set_file(uring::FileIndex index, int descriptor) {
  OpenEntry& entry = table_.at(index.value);
  entry = {};
  if (descriptor < 0) return {};
  entry.file = files_.find(descriptor);
  if (entry.file == nullptr) violate("read-of-an-open-file", "an unknown descriptor");
  entry.direct = (::fcntl(descriptor, F_GETFL) & O_DIRECT) != 0;
  return {};
}

Status SimulatedRing::cancel_all() {
  if (Status status = fail_if_planned("cancel"); !status) return status;
  take_queued();
  std::vector<u64> cancelled;
  for (const auto& [sequence, op] : in_flight_) {
    // What runs already is not stopped.
    if (op.lost || chance_.percent(70)) cancelled.push_back(sequence);
  }
  for (const u64 sequence : cancelled) {
    const Op op = std::move(in_flight_.extract(sequence).mapped());
    fail(op, ECANCELED);
  }
  return {};
}

void SimulatedRing::wake() noexcept {
  woken_ = true;
  scheduler_.wake(waiter_);
}

}  // namespace vyre::simulation
