#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/input_texts.hpp"
#include "cli/scan_options.hpp"
#include "cli/scan_output.hpp"
#include "scan/checkpoint/checkpoint.hpp"
#include "scan/checkpoint/restart_ledger.hpp"
#include "scan/report/error_log.hpp"
#include "scan/report/output_sink.hpp"
#include "vyre/backend.hpp"
#include "vyre/error.hpp"

namespace vyre::cli {

/// Where a scan's results go, and what other processes did of it: those that kept its checkpoint,
/// and those that this one goes on for since their device was lost. Belongs to the main thread;
/// while streams run, any may read it.
class ScanAccount {
 public:
  /// All of them outlive this.
  ScanAccount(const ScanOptions& options, scan::OutputSink& sink, scan::ErrorLog& errors)
      : options_(options), sink_(sink), errors_(errors) {}

  /// Takes what the process before left, if there was one: first of all. Errors: InvalidArgument.
  Status take_over();
  /// What is read before the scan begins is read through this.
  [[nodiscard]] InputTexts& inputs() noexcept { return inputs_; }
  /// Opens output and checkpoint, and says what was done before. Errors: those of ScanOutput and
  /// Checkpoint; InvalidArgument where the process before had another identity.
  Status open(scan::CommandIdentity identity);
  /// Programs run on `backend` now: where that may be lost and the scan then goes on in a new
  /// process, its ledger is kept from here on. Error: Syscall.
  Status keep_for(const BackendDescription& backend);

  [[nodiscard]] const ScanOutput& output() const noexcept { return output_; }
  [[nodiscard]] scan::Checkpoint* checkpoint() const noexcept { return checkpoint_.get(); }
  [[nodiscard]] scan::RestartLedger* restart_ledger() const noexcept {
    return restart_ledger_.get();
  }
  /// The one of the two that is kept, or null.
  [[nodiscard]] scan::ResumableLedger* ledger() const noexcept;

  /// How often this command was restarted.
  [[nodiscard]] std::uint64_t restarts() const noexcept { return restarts_; }
  /// Processes before this one, with their time and what they did.
  [[nodiscard]] std::uint64_t runs_before() const noexcept;
  [[nodiscard]] double seconds_before() const noexcept;
  [[nodiscard]] scan::ScanTotals totals_before() const noexcept;

  /// The device was lost, after a stream of `elapsed`, and nobody writes any more: goes on in a new
  /// process. Returns only where that cannot be, with the error to be told.
  Error go_on_after(const Error& lost, const BackendDescription& backend,
                    std::chrono::nanoseconds elapsed);

 private:
  Status open_output();
  Status open_checkpoint_file();
  Error restart(const Error& lost, std::chrono::nanoseconds elapsed);

  const ScanOptions& options_;
  scan::OutputSink& sink_;
  scan::ErrorLog& errors_;
  ScanOutput output_;
  InputTexts inputs_;
  scan::CommandIdentity identity_;
  /// Descriptors that the process was given, beyond the standard ones.
  std::vector<int> given_descriptors_;
  std::uint64_t restarts_ = 0;
  /// What the process before left, until the ledger has it.
  std::optional<scan::RestartState> earlier_;
  std::unique_ptr<scan::Checkpoint> checkpoint_;
  std::unique_ptr<scan::RestartLedger> restart_ledger_;
};

}  // namespace vyre::cli
