#pragma once

#include "kernel/chunk.hpp"
#include "kernel/context.hpp"
#include "wire/atomics.hpp"
#include "wire/builtin.hpp"
#include "wire/fault.hpp"

// Built-in opcodes on a tenant's state window; layouts in wire/builtin.hpp. Run by the group's
// leader alone. An opcode with a result writes it over arguments[0].
namespace vyre::kernel {

VYRE_HOST_DEVICE constexpr SlotResult out_of_range(u32 index) {
  return slot_fault(wire::FaultCode::kIndexOutOfRange, index);
}

VYRE_HOST_DEVICE inline SlotResult compare_swap(Window window, u32* arguments) {
  u32* word = window.words + arguments[0];
  u32 seen = wire::load_acquire(word);
  while (seen == arguments[1] && !wire::compare_exchange(word, seen, arguments[2])) {
    seen = wire::load_acquire(word);
  }
  arguments[0] = seen;
  return {0, 0};
}

VYRE_HOST_DEVICE inline SlotResult copy_words(Window window, const u32* arguments) {
  const u64 target = arguments[0];
  const u64 source = arguments[1];
  const u64 count = arguments[2];
  if (target + count > window.size) return out_of_range(arguments[0]);
  if (source + count > window.size) return out_of_range(arguments[1]);
  for (u64 i = 0; i < count; ++i) {
    // Backwards where the target lies after the source, so that overlapping words survive.
    const u64 at = target > source ? count - 1 - i : i;
    wire::relaxed_store(window.words + target + at, wire::relaxed_load(window.words + source + at));
  }
  return {0, 0};
}

VYRE_HOST_DEVICE inline SlotResult dfa_step(Window window, u32* arguments) {
  const u32 stride = arguments[2];
  const u32 symbol = arguments[3];
  if (!window.has(arguments[0])) return out_of_range(arguments[0]);
  if (symbol >= stride) return out_of_range(symbol);
  const u64 state = wire::load_acquire(window.words + arguments[0]);
  // Below 2^64: state and stride are below 2^32 each, and the sum of the rest is below 2^33.
  const u64 entry = state * stride + arguments[1] + symbol;
  if (!window.has(entry)) return out_of_range(static_cast<u32>(state));
  const u32 next = wire::load_acquire(window.words + entry);
  wire::store_release(window.words + arguments[0], next);
  arguments[0] = next;
  return {0, 0};
}

VYRE_HOST_DEVICE inline SlotResult print(const DebugLogView& log, const u32* arguments) {
  const u32 at = wire::fetch_add(log.cursor, 1);
  if (at < log.capacity) {
    log.records[at] = {arguments[0], {arguments[1], arguments[2], arguments[3]}};
  }
  return {0, 0};
}

VYRE_HOST_DEVICE inline bool has_result(u32 opcode) {
  switch (static_cast<wire::Opcode>(opcode)) {
    case wire::Opcode::kAtomicAdd:
    case wire::Opcode::kLoadU32:
    case wire::Opcode::kCompareSwap:
    case wire::Opcode::kDfaStep:
      return true;
    default:
      return false;
  }
}

/// One of the opcodes that packable_arguments() knows.
VYRE_HOST_DEVICE inline SlotResult run_builtin(const Context& context, Window window, u32 opcode,
                                               u32* arguments) {
  switch (static_cast<wire::Opcode>(opcode)) {
    case wire::Opcode::kNop:
      return {0, 0};
    case wire::Opcode::kMemcpy:
      return copy_words(window, arguments);
    case wire::Opcode::kDfaStep:
      return dfa_step(window, arguments);
    case wire::Opcode::kPrintf:
      return print(context.debug_log, arguments);
    default:
      break;
  }
  if (!window.has(arguments[0])) return out_of_range(arguments[0]);
  u32* word = window.words + arguments[0];
  switch (static_cast<wire::Opcode>(opcode)) {
    case wire::Opcode::kStoreU32:
      wire::store_release(word, arguments[1]);
      return {0, 0};
    case wire::Opcode::kAtomicAdd:
      arguments[0] = wire::fetch_add(word, arguments[1]);
      return {0, 0};
    case wire::Opcode::kLoadU32:
      arguments[0] = wire::load_acquire(word);
      return {0, 0};
    case wire::Opcode::kCompareSwap:
      return compare_swap(window, arguments);
    default:
      return slot_fault(wire::FaultCode::kUnknownOpcode, opcode);
  }
}

/// Bumps a counter of the control block. The slot's status, stored later, orders it for the host.
VYRE_HOST_DEVICE inline void bump(const Context& context, u32 word) {
  wire::relaxed_add(context.worker_control + word, 1);
}

/// The metrics word of a built-in that packable_arguments() knows, or of BATCH_FENCE.
VYRE_HOST_DEVICE inline u32 builtin_metric(u32 opcode) {
  return opcode == static_cast<u32>(wire::Opcode::kPrintf) ? wire::control::kMetricPrintf
                                                           : wire::control::kMetrics + opcode;
}

/// Runs one built-in, counts it and shows its result. `position` is its slot's ring position.
VYRE_HOST_DEVICE inline SlotResult run_counted(const Context& context, Window window, u32 opcode,
                                               u32* arguments, u32 position) {
  const SlotResult result = run_builtin(context, window, opcode, arguments);
  if (result.fault_code != 0) return result;
  bump(context, builtin_metric(opcode));
  if (has_result(opcode)) {
    wire::relaxed_store(context.worker_control + wire::control::kObservable +
                            position % wire::control::kObservableCount,
                        arguments[0]);
  }
  return result;
}

/// True where the words are a packed slot: known operations, exact argument counts, all inside.
VYRE_HOST_DEVICE inline bool packed_shape_holds(const u32* arguments) {
  const u32 operations = arguments[wire::kPackedOperations];
  if (operations == 0 || operations > wire::kMaxPackedOperations) return false;
  u32 at = wire::kPackedFirst;
  for (u32 i = 0; i < operations; ++i) {
    if (at >= wire::kSlotArguments) return false;
    const u32 wanted = wire::packable_arguments(arguments[at] & 0xFFFF);
    if (wanted == wire::kNotPackable || wanted != arguments[at] >> 16) return false;
    if (wanted > wire::kSlotArguments - at - 1) return false;
    at += 1 + wanted;
  }
  return true;
}

VYRE_HOST_DEVICE inline SlotResult run_packed(const Context& context, Window window, u32* arguments,
                                              u32 position) {
  if (!packed_shape_holds(arguments)) {
    return slot_fault(wire::FaultCode::kMalformedPackedSlot, arguments[wire::kPackedOperations]);
  }
  const u32 operations = arguments[wire::kPackedOperations];
  u32 at = wire::kPackedFirst;
  for (u32 i = 0; i < operations; ++i) {
    const u32 header = arguments[at];
    const SlotResult result =
        run_counted(context, window, header & 0xFFFF, arguments + at + 1, position);
    if (result.fault_code != 0) return result;
    at += 1 + (header >> 16);
  }
  bump(context, wire::control::kMetricPackedSlots);
  return {0, 0};
}

}  // namespace vyre::kernel
