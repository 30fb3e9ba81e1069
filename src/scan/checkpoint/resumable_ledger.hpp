#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

#include "scan/checkpoint/file_marks.hpp"
#include "scan/confirm/scan_totals.hpp"
#include "scan/report/output_ledger.hpp"
#include "vyre/source.hpp"

namespace vyre::scan {

/// What the processes did that worked on a scan before this one.
struct EarlierRuns {
  std::uint64_t runs = 0;
  /// Of all of them together.
  std::uint64_t nanoseconds = 0;
  ScanTotals totals;
  /// Sorted; with the errors of the walk that were told.
  DoneFiles done;
};

/// The ledger of a scan that another process can go on with.
class ResumableLedger : public OutputLedger {
 public:
  [[nodiscard]] virtual const EarlierRuns& before() const noexcept = 0;
  [[nodiscard]] const FileMarks& marks() const noexcept { return marks_; }
  /// An earlier run has told this error of the walk; each that it told is true once. Thread-safe.
  bool told_before(const SourceMark& error);

 protected:
  /// `seed` of FileMarks.
  explicit ResumableLedger(std::uint64_t seed) : marks_(seed) {}

 private:
  const FileMarks marks_;
  std::mutex told_mutex_;
  std::map<SourceMark, std::size_t> told_;
};

}  // namespace vyre::scan
