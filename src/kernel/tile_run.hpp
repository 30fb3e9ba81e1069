#pragma once

#include <type_traits>

#include "kernel/context.hpp"
#include "kernel/group.hpp"
#include "kernel/operands.hpp"
#include "kernel/records.hpp"
#include "kernel/registers.hpp"
#include "kernel/tile.hpp"
#include "wire/fault.hpp"

// What the handlers of instructions work on. A handler is a function template
//   template <vir0::Op kOp, class Run> u32 run_HANDLER(Run& run, vir0::Instruction instruction)
// that every thread of the group calls; it returns kGoOn, kHalted, or the FaultCode that ends the
// chunk, the same in all threads.
namespace vyre::kernel {

inline constexpr u32 kGoOn = 0;
inline constexpr u32 kHalted = 0xFFFFFFFF;
/// The tile waits for bytes of a resource; its run is in the Park. Never a FaultCode.
inline constexpr u32 kParked = 0xFFFFFFFE;

VYRE_HOST_DEVICE constexpr u32 fault_of(wire::FaultCode code) { return static_cast<u32>(code); }

/// An array inside of what a run is, or a pointer to one outside.
template <class T, u32 kCount, bool kInside>
using RunArray = std::conditional_t<kInside, T[kCount], T*>;

/// Loops that are open, innermost last.
template <bool kInside>
struct LoopStack {
  RunArray<LoopFrame, vir0::kMaxLoopDepth, kInside> frames;
  u32 depth;

  VYRE_HOST_DEVICE void open(u32 body, u32 count) { frames[depth++] = {body, count - 1}; }
  VYRE_HOST_DEVICE void leave() { --depth; }
  /// Where to go on at the innermost loop's end, which is followed by `after`.
  VYRE_HOST_DEVICE u32 close(u32 after) {
    LoopFrame& frame = frames[depth - 1];
    if (frame.remaining == 0) {
      --depth;
      return after;
    }
    --frame.remaining;
    return frame.body;
  }
};

/// What a run of a program that loads has besides; the group's, or the same in each thread's own.
struct InboxRun {
  Park* park;
  const u8* bytes;
  /// Bytes that are in it.
  u32 length;
  u32 tenant;
  /// 1 until the tile that the park holds goes on.
  u32 resuming;
};

/// Everything that one tile's run reads and writes. `registers` and `records` are shared by the
/// group; the rest is each thread's own, with equal values in all of them: so scalars need no sync.
/// What calls outside take the address of stands elsewhere, so that compilers keep the rest in
/// registers; on a device so does what has an index, or all would lie in memory.
template <class GroupType, class PlatformType>
struct TileRun {
  using Group = GroupType;
  using Platform = PlatformType;

  Group group;
  Platform& platform;
  const ProgramView& program;
  const TileView& tile;
  Registers& registers;
  RecordSink& records;
  OutputSink output;
  u32* window;
  RunArray<u64, vir0::kScalarRegisters, Group::kSequential> scalars;
  LoopStack<Group::kSequential> loops;
  /// The next instruction.
  u32 at;
  /// Since the chunk began.
  u64 fuel;
  /// When the tile began: the chunk's records, the bytes of its output.
  u64 records_before;
  u64 output_before;
  /// Null where the program does not load.
  InboxRun* inbox = nullptr;
};

/// The arrays of a run that stand outside it, while it runs a tile.
template <bool kInside>
struct OutsideArrays {
  u64 scalars[vir0::kScalarRegisters];
  LoopFrame frames[vir0::kMaxLoopDepth];
  template <class Run>
  VYRE_HOST_DEVICE void attach(Run& run) {
    run.scalars = scalars;
    run.loops.frames = frames;
  }
};
template <>
struct OutsideArrays<true> {
  template <class Run>
  VYRE_HOST_DEVICE void attach(Run&) {}
};

}  // namespace vyre::kernel
