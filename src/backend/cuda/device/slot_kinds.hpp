#pragma once

#include "kernel/worker.hpp"

#if defined(__CUDACC__)

// What a server has to know of a slot before it executes it.
namespace vyre::backend::device {

/// Words that a server executes by itself; a longer copy goes to a worker.
inline constexpr u32 kShortCopyWords = 64;

/// An operation whose arguments are `arguments`; of a packed slot too.
__device__ inline bool is_long_copy(u32 opcode, const u32* arguments) {
  return opcode == static_cast<u32>(wire::Opcode::kMemcpy) && arguments[2] > kShortCopyWords;
}

__device__ inline bool takes_long(const wire::WorkSlot& slot) {
  if (slot.opcode != static_cast<u32>(wire::Opcode::kPackedSlot)) {
    return is_long_copy(slot.opcode, slot.arguments);
  }
  if (!kernel::packed_shape_holds(slot.arguments)) return false;
  u32 at = wire::kPackedFirst;
  for (u32 i = 0; i < slot.arguments[wire::kPackedOperations]; ++i) {
    const u32 header = slot.arguments[at];
    if (is_long_copy(header & 0xFFFF, slot.arguments + at + 1)) return true;
    at += 1 + (header >> 16);
  }
  return false;
}

__device__ inline wire::WorkSlot& slot_at(const kernel::Context& context, kernel::Claim claim) {
  const kernel::QueueView& queue = context.queues[claim.queue];
  return queue.slots[claim.position & (queue.capacity - 1)];
}

__device__ inline void mark_claimed(const kernel::Context& context, kernel::Claim claim,
                                    kernel::SlotTurn& turn) {
  wire::relaxed_store(&turn.claimed, claim.position + 1);
  wire::store_for_host(&slot_at(context, claim).status,
                       static_cast<u32>(wire::SlotStatus::kClaimed));
}

__device__ inline bool is_nop(const wire::WorkSlot& slot) {
  return slot.opcode == static_cast<u32>(wire::Opcode::kNop);
}

__device__ inline bool is_load_miss(u32 opcode) {
  return opcode == static_cast<u32>(wire::Opcode::kLoadMiss);
}

__device__ inline bool writes_arguments(u32 opcode) {
  return kernel::has_result(opcode) || is_load_miss(opcode) ||
         opcode == static_cast<u32>(wire::Opcode::kPackedSlot);
}

__device__ inline bool is_fence(const wire::WorkSlot& slot) {
  return slot.opcode == static_cast<u32>(wire::Opcode::kBatchFence);
}

/// No lane of a server can execute it.
__device__ inline bool needs_worker(const wire::WorkSlot& slot) {
  return kernel::is_program(slot) || takes_long(slot);
}

}  // namespace vyre::backend::device

#endif
