#pragma once

#include "backend/cuda/device/dispatcher_shared.hpp"
#include "backend/cuda/device/slot_kinds.hpp"
#include "kernel/worker.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// Whether a slot ends with the dispatcher, since no worker has to do with it, and how.
struct End {
  bool here;
  kernel::SlotResult result;
};

/// As kernel::complete, with fewer fences. `finished` is read by this block alone, so that its
/// fence is the block's; whoever completes a BATCH_FENCE later carries what he has seen along to
/// the host. `copy` is the slot as it was read, with its results.
__device__ inline void end_here(DispatcherShared& shared, kernel::Claim claim,
                                kernel::SlotTurn& turn, const wire::WorkSlot& copy,
                                kernel::SlotResult result) {
  const kernel::Context& context = shared.context;
  wire::WorkSlot& slot = slot_at(context, claim);
  const bool failed = result.fault_code != 0;
  kernel::bump(context, wire::control::kDoneCount);
  if (copy.tenant < wire::kMaxTenants) {
    atomicAdd(&shared.tally.finished[copy.tenant], 1u);
    if (failed) atomicAdd(&shared.tally.faults[copy.tenant], 1u);
  }
  if (!is_nop(copy) || failed) {
    if (writes_arguments(copy.opcode)) kernel::put_arguments(context, claim, copy);
    if (failed) {
      kernel::write_fault(slot, result);
      kernel::bump(context, wire::control::kMetricFaults);
    }
    wire::fence_for_host();
  }
  wire::store_for_host(
      &slot.status, static_cast<u32>(failed ? wire::SlotStatus::kFault : wire::SlotStatus::kDone));
  __threadfence_block();
  wire::relaxed_store(&turn.finished, claim.position + 1);
}

}  // namespace vyre::backend::device

#endif
