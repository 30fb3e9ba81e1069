#pragma once

#include "backend/region.hpp"
#include "runtime/replay/log_records.hpp"
#include "runtime/slot_observer.hpp"

namespace vyre::runtime::replay {

/// What the run that wrote outcome `index` left, as far as every backend leaves the same: of a
/// fault the fault alone. `number` is left 0. Only while the slot is finished and its outcome not
/// used again. Cost: a hash of the records and the output.
OutcomeRecord outcome_record(const backend::Region& region, u32 index, u32 carry_words,
                             const SlotFault* fault);

bool is_fault(const OutcomeRecord& outcome) noexcept;
/// The outcome is the program's own doing, so that it must come again. Others are what the host or
/// the machine did to the slot: took it back, lost its worker.
bool is_the_programs(const OutcomeRecord& outcome) noexcept;

}  // namespace vyre::runtime::replay
