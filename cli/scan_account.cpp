#include "cli/scan_account.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/interrupt.hpp"
#include "cli/process_restart.hpp"
#include "cli/scan_checkpoint.hpp"
#include "cli/scan_restart.hpp"
#include "cli/statistics_text.hpp"

namespace vyre::cli {

Status ScanAccount::take_over() {
  auto earlier = take_restart_state();
  if (!earlier) return tl::unexpected(std::move(earlier.error()));
  earlier_ = std::move(*earlier);
  if (earlier_) {
    restarts_ = earlier_->restarts;
    inputs_ = InputTexts(std::move(earlier_->inputs));
  }
  if (earlier_ && earlier_->output >= 0) {
    auto output = ScanOutput::adopt(earlier_->output, options_.output);
    if (!output) return tl::unexpected(std::move(output.error()));
    output_ = std::move(*output);
  }
  given_descriptors_ = open_over_exec();
  return {};
}

Status ScanAccount::open(scan::CommandIdentity identity) {
  identity_ = std::move(identity);
  if (earlier_) {
    const auto then = scan::CommandIdentity::decode(earlier_->identity);
    const std::string differs = then ? identity_.difference(*then) : std::string("unreadable");
    if (!differs.empty()) {
      return tl::unexpected(invalid_argument(
          fmt::format("the process that this one goes on for had another command; {}", differs),
          "begin the scan anew"));
    }
  }
  if (auto opened = open_output(); !opened) return opened;
  if (auto opened = open_checkpoint_file(); !opened) return opened;
  sink_.redirect(output_.descriptor(), checkpoint_.get());
  if (earlier_) {
    const scan::ScanTotals& done =
        checkpoint_ ? checkpoint_->before().totals : earlier_->files.totals;
    errors_.warn(restarted_text(*earlier_, done.files));
  }
  return {};
}

Status ScanAccount::open_output() {
  if (output_.own()) return {};
  auto output = ScanOutput::open(options_.output, !options_.checkpoint.empty());
  if (!output) return tl::unexpected(std::move(output.error()));
  output_ = std::move(*output);
  return {};
}

Status ScanAccount::open_checkpoint_file() {
  if (options_.checkpoint.empty()) return {};
  auto checkpoint = open_checkpoint(options_, identity_, output_);
  if (!checkpoint) return tl::unexpected(std::move(checkpoint.error()));
  checkpoint_ = std::move(*checkpoint);
  const scan::Recovered& before = checkpoint_->before();
  if (!before.warning.empty()) errors_.warn(before.warning);
  if (before.runs != 0) errors_.note(resumed_text(options_.checkpoint, before));
  return {};
}

Status ScanAccount::keep_for(const BackendDescription& backend) {
  if (checkpoint_) return {};
  const bool restarts = is_freed_by_restart(backend) && why_no_restart(options_, restarts_).empty();
  const auto takes_back = [restarts] { return restarts && !InterruptCancels::interrupted(); };
  if (earlier_) {
    restart_ledger_ = std::make_unique<scan::RestartLedger>(std::move(*earlier_), takes_back);
    earlier_.reset();
  } else if (restarts) {
    const auto seed = scan::FileMarks::new_seed();
    if (!seed) return tl::unexpected(seed.error());
    restart_ledger_ = std::make_unique<scan::RestartLedger>(*seed, takes_back);
  }
  sink_.redirect(output_.descriptor(), restart_ledger_.get());
  return {};
}

scan::ResumableLedger* ScanAccount::ledger() const noexcept {
  if (checkpoint_) return checkpoint_.get();
  return restart_ledger_.get();
}

std::uint64_t ScanAccount::runs_before() const noexcept {
  return ledger() != nullptr ? ledger()->before().runs : 0;
}

double ScanAccount::seconds_before() const noexcept {
  return ledger() != nullptr ? seconds_of(ledger()->before().nanoseconds) : 0;
}

scan::ScanTotals ScanAccount::totals_before() const noexcept {
  return ledger() != nullptr ? ledger()->before().totals : scan::ScanTotals();
}

Error ScanAccount::go_on_after(const Error& lost, const BackendDescription& backend,
                               std::chrono::nanoseconds elapsed) {
  // Who is interrupted, or has nobody who reads, is at the end anyway.
  if (!is_freed_by_restart(backend) || InterruptCancels::interrupted() || sink_.closed()) {
    return lost;
  }
  const std::string refused = why_no_restart(options_, restarts_);
  if (refused.empty()) return restart(lost, elapsed);
  return {lost.code, lost.detail, fmt::format("{}; {}", lost.what, refused), lost.fix};
}

Error ScanAccount::restart(const Error& lost, std::chrono::nanoseconds elapsed) {
  scan::RestartState state;
  state.identity = identity_.encode();
  state.restarts = restarts_ + 1;
  state.reason = lost.what;
  state.inputs = inputs_.all();
  std::vector<int> kept = given_descriptors_;
  if (restart_ledger_) {
    state.nanoseconds =
        restart_ledger_->before().nanoseconds + static_cast<std::uint64_t>(elapsed.count());
    if (output_.own()) kept.push_back(state.output = output_.descriptor());
    restart_ledger_->leave(state);
  }
  const Error failed = become_new_process(state.encode(), kept);
  sink_.write_end(state.held_back);
  return {lost.code, lost.detail,
          fmt::format("{}; and no new process could go on: {}", lost.what, failed.message()),
          lost.fix};
}

}  // namespace vyre::cli
