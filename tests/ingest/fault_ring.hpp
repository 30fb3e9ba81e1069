#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "uring/ring.hpp"

namespace vyre::test {

/// What happens to one submission.
struct Fault {
  /// The completion's result in place of the true one.
  int result = 0;
  /// The read asks for so many bytes at most; 0: for all.
  u32 shorten = 0;
};

/// A true ring whose submissions and completions a test tampers with: completions may change their
/// order, come late, be short, or fail.
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

  u32 space() const noexcept override { return inner_.space(); }
  u32 completion_capacity() const noexcept override { return inner_.completion_capacity(); }
  u32 file_slots() const noexcept override { return inner_.file_slots(); }
  bool takes_commands() const noexcept override { return inner_.takes_commands(); }
  bool polls() const noexcept override { return inner_.polls(); }
  void queue(const uring::Submission& submission) override {
    uring::Submission changed = submission;
    const Fault wanted = fault(submission);
    if (wanted.shorten != 0) changed.length = std::min(changed.length, wanted.shorten);
    if (wanted.result != 0) results_[submission.user_data] = wanted.result;
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
    for (uring::Completion& completion : fresh) {
      if (const auto found = results_.find(completion.user_data); found != results_.end()) {
        completion.result = found->second;
        results_.erase(found);
      }
    }
    late_.insert(late_.end(), fresh.begin(), fresh.end());
    std::size_t handed = std::min(completions.size(), late_.size());
    if (shuffled_ && !late_.empty()) {
      std::shuffle(late_.begin(), late_.end(), random_);
      handed = std::min<std::size_t>(handed, random_() % (late_.size() + 1));
    }
    const auto end = late_.begin() + static_cast<std::ptrdiff_t>(handed);
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
    return inner_.cancel_all();
  }
  void wake() noexcept override { inner_.wake(); }

 private:
  uring::Ring& inner_;
  std::map<u64, int> results_;
  std::vector<uring::Completion> late_;
  std::mt19937_64 random_;
  bool shuffled_ = false;
};

}  // namespace vyre::test
