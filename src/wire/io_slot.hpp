#pragma once

#include "wire/platform.hpp"

// The io queue's slot: 8 little-endian words by which workers ask the host for bytes of a resource.
//
// One writer at a time: the turn passes through the status word. A worker writes a slot while it is
// FREE and ends with PUBLISHED; the host writes it from then on, first CLAIMED, at last OK or
// ERROR; a worker takes it back by writing FREE. Which slot is whose request only the workers know,
// so that nothing the host reads here can lead it to another's memory.
namespace vyre::wire {

inline constexpr u32 kIoSlots = 64;

enum class IoOperation : u32 { kRead = 1 };

enum class IoSlotStatus : u32 {
  kFree = 0,
  kPublished = 1,
  kClaimed = 2,
  kOk = 0x10,
  kError = 0x11,
};

/// How a request ended, as the instruction io.load gives it; of kFailed with the errno in bits 8
/// and above.
enum class IoStatus : u32 {
  kOk = 0,
  kUnknownResource = 1,
  kOutOfRange = 2,
  kTooLong = 3,
  kFailed = 4,
  kCancelled = 5,
};
VYRE_HOST_DEVICE constexpr u32 failed_io(u32 error) {
  return static_cast<u32>(IoStatus::kFailed) | error << 8;
}

struct alignas(32) IoSlot {
  /// An IoOperation.
  u32 operation;
  /// See io_source(). The tenant in it is the workers', the handle the program's.
  u32 source;
  /// See io_destination().
  u32 destination;
  u32 offset_low;
  u32 offset_high;
  /// Wanted; after ERROR the io.load's status.
  u32 bytes;
  /// An IoSlotStatus.
  u32 status;
  /// Counts the requests that went through this slot.
  u32 tag;
};
static_assert(sizeof(IoSlot) == 32);

/// Words of the host, in memory shared with the workers.
struct alignas(64) IoHeader {
  /// Not 0 while somebody serves the queue; changes only while no worker runs.
  u32 served;
  /// Changes after each completion.
  u32 completed;
};

/// A tenant's resources have handles of 16 bits.
inline constexpr u32 kMaxResourcesPerTenant = 1u << 16;
VYRE_HOST_DEVICE constexpr u32 io_source(u32 tenant, u32 handle) { return tenant << 16 | handle; }
VYRE_HOST_DEVICE constexpr u32 io_source_tenant(u32 source) { return source >> 16; }
VYRE_HOST_DEVICE constexpr u32 io_source_handle(u32 source) { return source & 0xFFFF; }

/// The inbox of a region's outcome.
inline constexpr u32 kMaxInboxesPerRegion = (1u << 24) - 1;
VYRE_HOST_DEVICE constexpr u32 io_destination(u32 region, u32 outcome) {
  return region << 24 | outcome;
}
VYRE_HOST_DEVICE constexpr u32 io_destination_region(u32 destination) { return destination >> 24; }
VYRE_HOST_DEVICE constexpr u32 io_destination_outcome(u32 destination) {
  return destination & 0xFFFFFF;
}

/// Arguments of LOAD_MISS, as indices into WorkSlot::arguments: a read into the inbox of a region's
/// outcome. It ends DONE, the io.load's status in its first argument.
namespace load_miss_argument {
inline constexpr u32 kStatus = 0;
inline constexpr u32 kResource = 0;
inline constexpr u32 kOffsetLow = 1;
inline constexpr u32 kOffsetHigh = 2;
inline constexpr u32 kBytes = 3;
inline constexpr u32 kOutcome = 7;
inline constexpr u32 kRegion = 8;
}  // namespace load_miss_argument

}  // namespace vyre::wire
