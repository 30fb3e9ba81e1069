#include "tests/simulation/load_ring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tests/simulation/violation.hpp"

namespace vyre::simulation {

u8 resource_byte(u64 offset) { return static_cast<u8>(offset * 31 + (offset >> 8) * 17 + 5); }

void LoadRing::queue(const uring::Submission& submission) {
  if (space() == 0) violate("space-before-queue", "a read is queued where there is no space");
  if (under_way_.count(submission.user_data) != 0) {
    violate("served-once", fmt::format("read {} is under way already", submission.user_data));
  }
  auto* const target = static_cast<std::byte*>(const_cast<void*>(submission.address));
  queued_.push_back(
      {submission.user_data, {++reads_, submission.offset, {target, submission.length}}});
}

Status LoadRing::submit() {
  for (auto& [user_data, read] : std::exchange(queued_, {})) begin(user_data, read);
  scheduler_.maybe_yield();
  return {};
}

void LoadRing::begin(u64 user_data, Read read) {
  ++coverage_.loads_read;
  for (const auto& [other, known] : under_way_) {
    const bool apart = known.target.data() + known.target.size() <= read.target.data() ||
                       read.target.data() + read.target.size() <= known.target.data();
    if (!apart) violate("one-read-into-a-place", fmt::format("reads {} and {}", other, user_data));
  }
  scribble(read.target);
  under_way_[user_data] = read;
  const bool slow = chance_.below(1000) < plan_.slow;
  const Time delay =
      slow ? chance_.between(1, 300) * kMillisecond : chance_.between(1, 200) * kMicrosecond;
  scheduler_.at(scheduler_.now() + delay,
                [this, user_data, number = read.number] { complete(user_data, number); });
}

void LoadRing::scribble(std::span<std::byte> target) {
  before_write(target.data());
  std::fill(target.begin(), target.end(), static_cast<std::byte>(chance_.bits()));
}

void LoadRing::complete(u64 user_data, u64 number) {
  const auto found = under_way_.find(user_data);
  // It was cancelled, or is another read by now.
  if (found == under_way_.end() || found->second.number != number) return;
  finish(user_data, result_of(found->second));
}

std::int32_t LoadRing::result_of(const Read& read) {
  if (chance_.below(1000) < plan_.transient) {
    ++coverage_.transient_failures;
    return chance_.percent(50) ? -EINTR : -EAGAIN;
  }
  if (chance_.below(1000) < plan_.failures) {
    ++coverage_.failed_loads;
    on_failure(read.target.data());
    return -EIO;
  }
  auto count = static_cast<u32>(read.target.size());
  if (chance_.below(1000) < plan_.short_reads) {
    ++coverage_.short_reads;
    count = chance_.between(1, count);
  }
  before_write(read.target.data());
  for (u32 i = 0; i < count; ++i) {
    read.target[i] = static_cast<std::byte>(resource_byte(read.offset + i));
  }
  return static_cast<std::int32_t>(count);
}

void LoadRing::finish(u64 user_data, std::int32_t result) {
  under_way_.erase(user_data);
  done_.push_back({.user_data = user_data, .result = result, .device_status = {}});
  scheduler_.wake(sleeper_);
}

Status LoadRing::wait(std::chrono::nanoseconds timeout) {
  static_cast<void>(submit());
  if (done_.empty() && !woken_) {
    sleeper_ = scheduler_.current();
    scheduler_.sleep_for(static_cast<Time>(timeout.count()));
    sleeper_ = nullptr;
  }
  if (done_.empty() && !woken_) on_timeout();
  woken_ = false;
  return {};
}

Result<std::size_t> LoadRing::reap(std::span<uring::Completion> completions) {
  const std::size_t count = std::min(completions.size(), done_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const u32 any = chance_.below(static_cast<u32>(done_.size()));
    if (any != 0) ++coverage_.reordered_completions;
    completions[i] = done_[any];
    done_.erase(done_.begin() + any);
  }
  return count;
}

Status LoadRing::set_file(uring::FileIndex, int) {
  return tl::unexpected(unavailable("there is no file table", {}));
}

Status LoadRing::cancel_all() {
  std::vector<u64> all;
  for (const auto& [user_data, read] : under_way_) all.push_back(user_data);
  for (const u64 user_data : all) {
    const auto found = under_way_.find(user_data);
    if (found == under_way_.end()) continue;
    // Some are done before they can be cancelled; one whose bytes are checked may be over
    // meanwhile.
    const Read read = found->second;
    const bool late = chance_.percent(30);
    const std::int32_t result = late ? result_of(read) : -ECANCELED;
    const auto still = under_way_.find(user_data);
    if (still == under_way_.end() || still->second.number != read.number) continue;
    if (!late) ++coverage_.cancelled_loads;
    finish(user_data, result);
  }
  return {};
}

void LoadRing::wake() noexcept {
  woken_ = true;
  scheduler_.wake(sleeper_);
}

}  // namespace vyre::simulation
