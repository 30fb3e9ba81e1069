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

}  // namespace vyre::runtime::replay
