#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "scan/checkpoint/command_identity.hpp"
#include "scan/checkpoint/file_marks.hpp"
#include "scan/checkpoint/journal.hpp"
#include "scan/checkpoint/output_chain.hpp"
#include "scan/checkpoint/recovery.hpp"
#include "scan/checkpoint/resumable_ledger.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

struct CheckpointOptions {
  /// Of the checkpoint; made where it does not exist.
  std::string path;
  /// The output: a regular file, open for writing; stays the caller's. Read through /proc.
  int output = -1;
  std::string output_name;
  /// A scan that begins empties the output; otherwise it writes behind what is there.
  bool replace_output = false;
  CommandIdentity command;
};

/// A scan that can be killed at any moment and be gone on with.
///
/// Text is written to the output first, and then a record that names its files and the output's new
/// length. A process that is killed in between leaves an output that is too long, which the next
/// one cuts back to the last record: so a file is either named and its output is there, or it is
/// scanned again and its output is not. Both writes reach the page cache, which outlives the
/// process; for a machine that goes down see recovery.hpp.
class Checkpoint final : public ResumableLedger {
 public:
  /// Begins or goes on. Where it goes on, the output is cut to what the checkpoint vouches for.
  /// Errors: those of recover(); Unavailable where another process has the checkpoint; Syscall.
  /// After an error the output is as it was, and so is the checkpoint, but that an empty one may
  /// have been made.
  static Result<std::unique_ptr<Checkpoint>> open(CheckpointOptions options);

  [[nodiscard]] const Recovered& before() const noexcept override { return before_; }

  void written(std::string_view text) override;
  Status vouch(const FinishedFiles& files) override;
  Status take_back() override;
  Status vouch_silent(const FinishedFiles& files) override;
  /// All is done, and all that was written is whole. Nobody writes any more.
  Status end(int exit_code);

 private:
  Checkpoint(CheckpointOptions options, Recovered before)
      : ResumableLedger(before.command.seed),
        options_(std::move(options)),
        before_(std::move(before)) {}
  Status begin(base::OwnedFd journal, bool fresh);
  Status cut_output(std::uint64_t length);
  Status append_files(const FinishedFiles& files, const OutputPoint& output);
  [[nodiscard]] std::uint64_t nanoseconds() const;

  const CheckpointOptions options_;
  const Recovered before_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  /// Belongs to who holds the sink.
  OutputChain chain_;

  std::mutex mutex_;
  JournalWriter journal_;
  /// What the latest record vouches for.
  OutputPoint vouched_;
};

}  // namespace vyre::scan
