#include "scan/checkpoint/restart_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vyre::scan {

RestartLedger::RestartLedger(std::uint64_t seed, std::function<bool()> restarts)
    : ResumableLedger(seed), seed_(seed), restarts_(std::move(restarts)) {
  follow_from_its_beginning();
}

RestartLedger::RestartLedger(RestartState&& earlier, std::function<bool()> restarts)
    : ResumableLedger(earlier.seed),
      seed_(earlier.seed),
      restarts_(std::move(restarts)),
      before_{.runs = earlier.restarts,
              .nanoseconds = earlier.nanoseconds,
              .totals = earlier.files.totals,
              .done = DoneFiles(std::move(earlier.files.marks))},
      partial_(std::move(earlier.partial)),
      held_back_(std::move(earlier.held_back)),
      held_back_whole_(held_back_.size()) {
  if (partial_) before_.done.add(partial_->mark);
  before_.done.sort();
  follow_from_its_beginning();
}

void RestartLedger::follow_from_its_beginning() { chain_.restart({.length = 0, .hash = seed_}); }

Status RestartLedger::resumed() {
  differs_ = false;
  if (!partial_) return {};
  const PartialFile partial = *std::exchange(partial_, std::nullopt);
  return tl::unexpected(invalid_argument(
      fmt::format("gives other output than before the device was lost; what is there of it ends "
                  "after {} bytes, and may be cut",
                  partial.written.length),
      "scan it again"));
}

std::string RestartLedger::take_held_back() {
  partial_.reset();
  differs_ = false;
  holds_back_ = false;
  held_back_whole_ = 0;
  return std::exchange(held_back_, {});
}

void RestartLedger::leave(RestartState& state) {
  state.seed = seed_;
  state.partial = std::exchange(partial_, std::nullopt);
  state.held_back = take_held_back();
  state.files = std::exchange(files_, {});
  state.files.totals += before_.totals;
  const auto earlier = before_.done.marks();
  state.files.marks.insert(state.files.marks.end(), earlier.begin(), earlier.end());
}

// Where the partial file is streamed, nobody else writes.
std::string_view RestartLedger::to_write(std::string_view text) {
  if (holds_back_) {
    held_back_.append(text);
    return {};
  }
  if (differs_) return {};
  if (!partial_) return text;
  const OutputPoint& wanted = partial_->written;
  const auto known = static_cast<std::size_t>(
      std::min<std::uint64_t>(text.size(), wanted.length - chain_.point().length));
  chain_.add(text.substr(0, known));
  const OutputPoint reached = chain_.point();
  if (reached.length < wanted.length) return {};
  differs_ = reached.hash != wanted.hash;
  if (differs_) return {};
  current_ = std::exchange(partial_, std::nullopt);
  return text.substr(known);
}

void RestartLedger::begins(const StreamedFile& file) {
  if (holds_back_ || partial_) return;
  current_ = PartialFile{.mark = file.mark(), .path = file.path(), .written = {}};
  follow_from_its_beginning();
}

void RestartLedger::written(std::string_view text) {
  if (current_) chain_.add(text);
}

Status RestartLedger::vouch(const FinishedFiles& files) {
  current_.reset();
  held_back_whole_ = held_back_.size();
  return vouch_silent(files);
}

Status RestartLedger::take_back() {
  held_back_.resize(held_back_whole_);
  if (current_) current_->written = chain_.point();
  if (current_ && current_->written.length != 0) partial_ = std::exchange(current_, std::nullopt);
  holds_back_ = true;
  return {};
}

Status RestartLedger::vouch_silent(const FinishedFiles& files) {
  const std::lock_guard lock(mutex_);
  files_.add_all(files);
  return {};
}

}  // namespace vyre::scan
