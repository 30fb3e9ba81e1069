#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "scan/checkpoint/output_chain.hpp"
#include "scan/checkpoint/restart_state.hpp"
#include "scan/checkpoint/resumable_ledger.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// Keeps account of an output that cannot be taken back, so that another process can go on with it:
/// a pipe, a terminal. In memory, for a process that restarts while it still can.
///
/// Of one file at most the output holds a part: of the one that held the sink when the scan broke
/// off. That part stays, and its length and hash are noted. What other files write after it is held
/// back, since it belongs behind that file's end. The next process streams the partial file first
/// and lets pass what lies beyond the part, once its hash has shown that it is the same.
///
/// Cost: 16 bytes of memory for each file, and a hash of the output of files that stream.
class RestartLedger final : public ResumableLedger {
 public:
  /// `restarts` tells whether the process would go on in another if the scan broke off now: only
  /// then an unfinished file's output is taken back. Called by any thread.
  RestartLedger(std::uint64_t seed, std::function<bool()> restarts);
  /// Goes on. The partial file counts as done: it is for resumed().
  RestartLedger(RestartState&& earlier, std::function<bool()> restarts);

  [[nodiscard]] const EarlierRuns& before() const noexcept override { return before_; }
  /// What is to be streamed before all else, alone; null where nothing is, or was.
  [[nodiscard]] const PartialFile* partial() const noexcept {
    return partial_ ? &*partial_ : nullptr;
  }
  /// The partial file was streamed as far as it could be. InvalidArgument where it did not bring
  /// what the output holds of it: then its output ends there. Nobody writes meanwhile.
  Status resumed();
  /// What belongs behind the partial file, to be written now; from now on all is written, and no
  /// partial file is waited for. Nobody writes meanwhile.
  [[nodiscard]] std::string take_held_back();
  /// Moves the account to `state`, all but the time, after the scan broke off: nothing is held
  /// back any more. Nobody writes meanwhile.
  void leave(RestartState& state);

  [[nodiscard]] std::string_view to_write(std::string_view text) override;
  void begins(const StreamedFile& file) override;
  void written(std::string_view text) override;
  Status vouch(const FinishedFiles& files) override;
  Status take_back() override;
  [[nodiscard]] bool takes_back() const override { return restarts_(); }
  Status vouch_silent(const FinishedFiles& files) override;

 private:
  void follow_from_its_beginning();

  const std::uint64_t seed_;
  const std::function<bool()> restarts_;
  EarlierRuns before_;

  // These belong to who holds the sink.
  /// Follows the output of the file that has not ended.
  OutputChain chain_;
  /// That file, where it has begun.
  std::optional<PartialFile> current_;
  /// Left by the process before until what it wrote has come once more; then what this one leaves.
  std::optional<PartialFile> partial_;
  /// The partial file brings something else than before.
  bool differs_ = false;
  bool holds_back_ = false;
  std::string held_back_;
  /// Bytes of it that are files' that are done.
  std::size_t held_back_whole_ = 0;

  std::mutex mutex_;
  FinishedFiles files_;
};

}  // namespace vyre::scan
