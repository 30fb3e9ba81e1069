#pragma once

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "nvme/read_command.hpp"
#include "tests/nvme/command_bytes.hpp"
#include "uring/ring.hpp"

namespace vyre::test {

/// What happens to one submission.
struct Fault {
  /// The completion's result in place of the true one.
  int result = 0;
  /// The read asks for so many bytes at most; 0: for all.
  u32 shorten = 0;
  /// What the device says of a command; 0: success.
  u16 status = 0;
  /// The completion does not come, until cancel_all() is called.
  bool hold = false;
};

/// A true ring whose submissions and completions a test tampers with: completions may change their
/// order, come late, be short, or fail. It can also play a ring that takes NVMe commands: they read
/// the file that was set where the namespace should be.
class FaultRing final : public uring::Ring {
 public:
  explicit FaultRing(uring::Ring& inner) : inner_(inner) {}

  /// Asked for every submission; called in the order of submission.
  std::function<Fault(const uring::Submission&)> fault = [](const uring::Submission&) {
    return Fault{};
  };
  /// Hands completions out in random order, some of them later.
  void shuffle(std::uint64_t seed) {
    random_.seed(seed);
    shuffled_ = true;
  }
  /// No completion gets through until cancel_all() is called.
  bool hold_until_cancelled = false;
  u64 cancels = 0;

  /// Commands are taken, for this namespace.
  std::optional<nvme::Identity> name_space;
  /// LBA at which the file that plays the namespace begins.
  u64 first_block = 0;
  /// Says that it polls, and refuses what a polled ring does.
  bool plays_polled = false;
  /// Commands that were queued and not handed out: now, and at most.
  u64 commands_in_flight = 0;
  u64 most_commands_in_flight = 0;
  u64 commands = 0;

  u32 space() const noexcept override { return inner_.space(); }
  u32 completion_capacity() const noexcept override { return inner_.completion_capacity(); }
  u32 file_slots() const noexcept override { return inner_.file_slots(); }
  bool takes_commands() const noexcept override {
    return name_space.has_value() || inner_.takes_commands();
  }
  bool polls() const noexcept override { return plays_polled || inner_.polls(); }
  void queue(const uring::Submission& submission) override {
    uring::Submission changed = submission;
    const Fault wanted = fault(submission);
    if (wanted.hold) held_.insert(submission.user_data);
    if (submission.command != nullptr) {
      const uring::Completion answer = play_command(changed);
      ++commands;
      most_commands_in_flight = std::max(most_commands_in_flight, ++commands_in_flight);
      answers_[submission.user_data] = answer;
      if (wanted.result != 0) answers_[submission.user_data].result = wanted.result;
      if (wanted.status != 0) {
        answers_[submission.user_data].device_status = nvme::DeviceStatus(wanted.status);
      }
    } else if (wanted.result != 0) {
      answers_[submission.user_data] = {submission.user_data, wanted.result, {}};
    }
    if (wanted.shorten != 0) changed.length = std::min(changed.length, wanted.shorten);
    inner_.queue(changed);
  }
  Status submit() override { return inner_.submit(); }
  Status wait(std::chrono::nanoseconds timeout) override {
    return late_.empty() ? inner_.wait(timeout) : inner_.submit();
  }
  Result<std::size_t> reap(std::span<uring::Completion> completions) override {
    if (hold_until_cancelled) return 0;
    std::vector<uring::Completion> fresh(completions.size());
    const auto count = inner_.reap(fresh);
    if (!count) return count;
    fresh.resize(*count);
    for (uring::Completion& completion : fresh) keep(completion);
    std::size_t handed = std::min(completions.size(), late_.size());
    if (shuffled_ && !late_.empty()) {
      std::shuffle(late_.begin(), late_.end(), random_);
      handed = std::min<std::size_t>(handed, random_() % (late_.size() + 1));
    }
    const auto end = late_.begin() + static_cast<std::ptrdiff_t>(handed);
    for (auto each = late_.begin(); each != end; ++each) {
      commands_in_flight -= in_flight_commands_.erase(each->user_data);
    }
    std::copy(late_.begin(), end, completions.begin());
    late_.erase(late_.begin(), end);
    return handed;
  }
  Status set_file(uring::FileIndex index, int descriptor) override {
    return inner_.set_file(index, descriptor);
  }
  Status cancel_all() override {
    ++cancels;
    hold_until_cancelled = false;
    shuffled_ = false;
    held_.clear();
    late_.insert(late_.end(), withheld_.begin(), withheld_.end());
    withheld_.clear();
    return inner_.cancel_all();
  }
  void wake() noexcept override { inner_.wake(); }

 private:
  /// Makes a plain read of a command, and tells how driver and device would answer it.
  uring::Completion play_command(uring::Submission& submission) {
    const auto fields = decode(std::as_bytes(std::span(submission.command, 1)));
    const u64 bytes = u64{fields.blocks} * name_space->block_bytes;
    in_flight_commands_.insert(submission.user_data);
    uring::Completion answer{submission.user_data, 0, {}};
    const bool refused = fields.nsid != name_space->nsid || fields.data_bytes != bytes ||
                         bytes > name_space->largest_command || fields.metadata_bytes != 0 ||
                         fields.opcode != 2 || fields.flags != 0;
    if (refused) answer.result = -EINVAL;
    if (fields.lba + fields.blocks > name_space->blocks) {
      answer.device_status = nvme::DeviceStatus(0x4080);
    }
    submission.operation = submission.operation == uring::Operation::kNvmeReadFixed
                               ? uring::Operation::kReadFixed
                               : uring::Operation::kRead;
    submission.offset = (fields.lba - first_block) * name_space->block_bytes;
    submission.address = reinterpret_cast<const void*>(fields.address);
    submission.length = fields.data_bytes;
    submission.command = nullptr;
    return answer;
  }

  void keep(uring::Completion completion) {
    if (const auto found = answers_.find(completion.user_data); found != answers_.end()) {
      // A read that the kernel cancelled, or that could not be made, shows through.
      if (completion.result >= 0 || found->second.result != 0) completion = found->second;
      answers_.erase(found);
    }
    (held_.count(completion.user_data) != 0 ? withheld_ : late_).push_back(completion);
  }

  uring::Ring& inner_;
  std::map<u64, uring::Completion> answers_;
  std::set<u64> in_flight_commands_;
  std::set<u64> held_;
  std::vector<uring::Completion> withheld_;
  std::vector<uring::Completion> late_;
  std::mt19937_64 random_;
  bool shuffled_ = false;
};

}  // namespace vyre::test
