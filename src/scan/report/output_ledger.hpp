#pragma once

#include <string_view>
#include <vector>

#include "scan/confirm/scan_totals.hpp"
#include "vyre/chunk.hpp"
#include "vyre/error.hpp"
#include "vyre/source.hpp"

namespace vyre::scan {

/// Files whose output is complete, and what they add to the scan's totals.
struct FinishedFiles {
  std::vector<SourceMark> marks;
  ScanTotals totals;

  [[nodiscard]] bool empty() const noexcept { return marks.empty(); }
  void add(const SourceMark& mark, const ScanTotals& file) {
    marks.push_back(mark);
    totals += file;
  }
  void add_all(const FinishedFiles& other) {
    marks.insert(marks.end(), other.marks.begin(), other.marks.end());
    totals += other.totals;
  }
  void clear() noexcept {
    marks.clear();
    totals = {};
  }
};

/// Keeps account of which files the output holds whole. An error of any call ends the output.
class OutputLedger {
 public:
  virtual ~OutputLedger() = default;

  // Only by who holds the sink, so by one thread at a time.

  /// The end of `text` that is to be written now. The rest is not: the output has it already, or
  /// the ledger keeps it.
  [[nodiscard]] virtual std::string_view to_write(std::string_view text) { return text; }
  /// What comes from now on, up to the next vouch() or take_back(), is of `file`, which has not
  /// ended. `file` is valid during the call.
  virtual void begins(const StreamedFile& file) { static_cast<void>(file); }
  /// `text` now stands at the output's end.
  virtual void written(std::string_view text) = 0;
  /// All that was written since the last call is `files`', whole.
  virtual Status vouch(const FinishedFiles& files) = 0;
  /// What was written since belongs to a file that will not be finished: it is taken back.
  virtual Status take_back() = 0;

  // By any thread at any time.

  /// False where the output of files that will not be finished stays as it is, and no take_back()
  /// comes.
  [[nodiscard]] virtual bool takes_back() const { return true; }
  /// The same as vouch() for files without output.
  virtual Status vouch_silent(const FinishedFiles& files) = 0;
};

}  // namespace vyre::scan
