#pragma once

#include "base/units.hpp"
#include "kernel/records.hpp"
#include "wire/platform.hpp"

// Who plays the 128 lanes of a program. A loop from first_lane() to end_lane() covers them all,
// once, on either; a loop over bytes from thread() in steps of kThreads covers those. What one
// thread writes to shared memory is visible to the others after sync().
namespace vyre::kernel {

/// Before a loop over lanes: no iteration reads what another writes, so that it may become SIMD
/// although target and operands may be the same register.
#if defined(__CUDA_ARCH__)
#define VYRE_LANES_INDEPENDENT
#elif defined(__clang__)
#define VYRE_LANES_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define VYRE_LANES_INDEPENDENT _Pragma("GCC ivdep")
#endif

/// One bit per lane.
struct LaneBits {
  u64 low;
  u64 high;
};

/// One thread plays all lanes in turn; the compiler turns lane loops into SIMD.
struct HostGroup {
  /// True where one thread does everything, lanes in their order.
  static constexpr bool kSequential = true;
  static constexpr u32 kThreads = 1;
  /// True where the processor counts the bits of many lanes by one instruction.
  static constexpr bool kCountsBits = false;
  VYRE_HOST_DEVICE u32 thread() const { return 0; }
  VYRE_HOST_DEVICE u32 first_lane() const { return 0; }
  VYRE_HOST_DEVICE u32 end_lane() const { return kLanes; }
  VYRE_HOST_DEVICE bool leader() const { return true; }
  VYRE_HOST_DEVICE void sync() const {}
  VYRE_HOST_DEVICE bool any(bool value) const { return value; }
  /// Over the values of all threads; every thread gets the result. `scratch` is kScratchWords that
  /// the group shares and that is free; all of these end with a sync.
  VYRE_HOST_DEVICE u64 sum(u64 value, u32*) const { return value; }
  VYRE_HOST_DEVICE u32 exclusive_or(u32 value, u32*) const { return value; }
  /// Pushes each thread's record where `pushes`.
  VYRE_HOST_DEVICE void push(RecordSink& sink, bool pushes, wire::Record record, u32*) const {
    if (pushes) sink.push(record.offset, record.value);
  }
  /// The leader's value.
  VYRE_HOST_DEVICE u64 broadcast(u64 value, u32*) const { return value; }
};

/// The same, for processors that count the bits of many lanes by one instruction.
struct BitCountingHostGroup : HostGroup {
  static constexpr bool kCountsBits = true;
};

/// Calls function(lane) for the lanes of this thread; calls may run in any order.
template <class Group, class Function>
VYRE_HOST_DEVICE void each_lane(Group group, Function function) {
  const u32 end = group.end_lane();
  VYRE_LANES_INDEPENDENT
  for (u32 lane = group.first_lane(); lane < end; ++lane) function(lane);
}

}  // namespace vyre::kernel
