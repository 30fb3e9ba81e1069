#pragma once

#include "base/units.hpp"
#include "vir0/isa.hpp"
#include "wire/io_slot.hpp"
#include "wire/outcome.hpp"
#include "wire/work_slot.hpp"

// Slots that wait for bytes of a resource. All that is needed to go on lies in a Park, in the
// workers' memory, so that no worker waits and none is bound to the slot.
namespace vyre::kernel {

struct Claim {
  /// Index of a view.
  u32 queue;
  u32 position;
};

struct LoopFrame {
  u32 body;
  u32 remaining;
};

/// What a worker asks the host for.
struct IoRequest {
  /// wire::io_source().
  u32 source;
  u32 bytes;
  u64 offset;
};

/// Of one outcome of a region with inboxes. Written by the worker that has the slot; while the slot
/// is parked, `next` and `status` by whoever holds the io queue's lock.
struct alignas(64) Park {
  /// 1 while a slot uses the outcome's inbox: taken by a compare-exchange.
  u32 owner;
  /// Of the list in which the slot waits: link_of() the next one, 0 at the end.
  u32 next;
  /// As io.load gives it, once it is known.
  u32 status;
  Claim claim;
  IoRequest request;
  /// As it was when it was claimed: what was checked is what goes on, whatever the host writes.
  wire::WorkSlot slot;

  // A program's run, between two of its instructions. Results and carry lie in the outcome.
  u32 instruction;
  /// The scalar that gets the status.
  u32 target;
  u32 loop_depth;
  /// Tiles that have ended before this one.
  u32 tiles;
  u64 fuel;
  u64 records;
  u64 records_before;
  u64 output;
  u64 output_before;
  u64 scalars[vir0::kScalarRegisters];
  LoopFrame loops[vir0::kMaxLoopDepth];
};

/// Names a park in lists: its wire::io_destination() plus 1, so that 0 is none.
inline constexpr u32 kNoLink = 0;
VYRE_HOST_DEVICE constexpr u32 link_of(u32 destination) { return destination + 1; }
VYRE_HOST_DEVICE constexpr u32 destination_of(u32 link) { return link - 1; }

}  // namespace vyre::kernel
