#include "scan/checkpoint/resumable_ledger.hpp"

namespace vyre::scan {

bool ResumableLedger::told_before(const SourceMark& error) {
  const std::size_t told = before().done.count(error);
  if (told == 0) return false;
  const std::lock_guard lock(told_mutex_);
  return told_[error]++ < told;
}

}  // namespace vyre::scan
