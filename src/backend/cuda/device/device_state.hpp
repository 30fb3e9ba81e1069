#pragma once

#include <cstddef>

#include "kernel/chunk.hpp"
#include "kernel/claim.hpp"
#include "kernel/context.hpp"

// What the kernels of the CUDA backend share among themselves and with the host that launches them.
// All of it but DeviceWords lies in device memory.
namespace vyre::backend::device {

/// Jobs that may wait at once; a power of two.
inline constexpr u32 kJobs = 1u << 17;
/// Chunks that may be under way at once; slots beyond wait in their queues.
inline constexpr u32 kMostChunks = 8192;
/// A tile with its halos, and what aligning both ends to 16 bytes adds.
inline constexpr u32 kStagingBytes = kTileBytes + 2 * kHaloBytes + 64;
/// That, and behind it an inbox.
inline constexpr u32 kWorkerBytes = kStagingBytes + vir0::kMaxIoBytes;

/// Jobs in the order in which the dispatcher gave them. A worker takes the next ticket and waits at
/// its own entry, so idle workers do not disturb each other. An entry is one 64-bit word: 1 in the
/// upper half, the number of a ChunkState, or kExit, in the lower; 0 while it is free. It is
/// written by the dispatcher when 0, set back to 0 by the ticket's worker. Who waits at an entry
/// waits for his own ticket's job: another's would be a lap away, which kMostChunks and most_parts
/// exclude.
struct JobRing {
  static constexpr u32 kExit = 0xFFFFFFFF;
  u64* entries;
  /// The next ticket to be taken.
  u32* next;
};

/// Workers that are kept for tenants who have little under way: see reserve.hpp. In device memory,
/// all 0 when the kernels start.
struct Reserve {
  static constexpr u32 kMostSeats = 8;
  /// What a box says of its worker; but for the first two, with the tenant it is for.
  enum Kind : u32 {
    /// Serves all.
    kAway,
    kWaits,
    /// Waits, and a server will say for what.
    kHeld,
    /// Has been given a job, the number of a ChunkState.
    kGiven,
    kRuns,
  };
  /// What `state` is as one word while tenants share the device.
  static constexpr u64 kOpen = 1;

  struct alignas(8) State {
    /// 1 while tenants share the device; written by poller 0.
    u32 open;
    /// 1 when the servers have left; written by the last of them.
    u32 closed;
  } state;
  /// 1 + the dispatcher's multiprocessor, which is not that of the reserve.
  u32 dispatcher;
  /// 1 + the multiprocessor whose workers they are; 0 until the first of them has come.
  u32 multiprocessor;
  /// Workers of that multiprocessor that have come.
  u32 taken;
  u32 boxes[kMostSeats];
};
static_assert(offsetof(Reserve::State, open) == 0 && sizeof(Reserve::State) == sizeof(u64));

/// A slot that workers execute. The dispatcher writes it while `busy` is 0; then it is the workers'
/// until the last of them stores 0 again. A slot that waits for I/O keeps it: so no more slots are
/// parked than there are states, and the others stay in their queues. That blocks nobody for ever,
/// since a parked slot needs no state but its own to go on.
struct ChunkState {
  u32 busy;
  kernel::Claim claim;
  /// The slot, as it was when claimed. Null program: a built-in that takes long.
  wire::WorkSlot slot;
  const kernel::ProgramView* program;
  kernel::RegionEntry* region;
  kernel::Chunk chunk;
  wire::Record* gathered;
  u32 tiles;
  /// Jobs that the chunk was given out as.
  u32 parts;

  /// When a worker began with the first tile; 0 where no times are kept.
  u64 begun;

  // Changed by read-modify-writes while the parts run.
  u32 next_tile;
  u32 parts_left;
  u64 records;
  u64 fuel;
  /// The least pack_fault() of a tile that faulted, kNoFault where none did.
  u64 fault;
  /// Used where there are several parts, or the chunk is parked.
  u64 results[wire::kOutcomeResults];
  u64 carry[wire::kOutcomeCarryWords];
};

inline constexpr u64 kNoFault = ~u64{0};
/// Orders by tile, as the first fault of a chunk is the one that counts.
VYRE_HOST_DEVICE constexpr u64 pack_fault(u32 tile, kernel::ProgramFault fault) {
  return static_cast<u64>(tile) << 40 | static_cast<u64>(fault.instruction) << 8 | fault.code;
}
VYRE_HOST_DEVICE constexpr u32 fault_tile(u64 packed) { return static_cast<u32>(packed >> 40); }
VYRE_HOST_DEVICE constexpr kernel::ProgramFault unpack_fault(u64 packed) {
  if (packed == kNoFault) return {0, 0};
  return {static_cast<u32>(packed & 0xFF), static_cast<u32>(packed >> 8)};
}

/// What one worker is at, for the host's watchdog; written by the worker whenever it changes.
struct alignas(16) WorkerJournal {
  /// kernel::kNoQueue while it has nothing to do.
  u32 queue;
  u32 position;
  u32 tile;
  /// Counts the tiles that it has begun.
  u32 beat;
};

/// In memory shared with the host, written by the dispatcher.
struct alignas(64) DispatcherJournal {
  /// Not 0 once it runs; changes at least once in 256 looks for work.
  u32 beat;
  /// By tenant: the mask by which slots are claimed.
  u32 masks[wire::kMaxTenants];
  /// The device's clock now and then, where times are kept; 0 before that.
  u64 nanoseconds;
};

/// See FaultInjection.
struct Injection {
  u32 kind;
  u32 at_tile;
  u64 marker;
  /// Tiles begun so far, in device memory.
  u32* tiles;
};

/// Everything that the kernels are started with.
struct DeviceContext {
  kernel::Context context;
  JobRing jobs;
  /// Workers that have left, in device memory.
  u32* exited;
  Reserve* reserve;
  /// Workers in the reserve at most; 0: there is none.
  u32 reserve_seats;
  ChunkState* chunks;
  u32 chunk_count;
  u32 workers;
  /// Parts of one chunk at most: chunk_count of them fill half of the ring.
  u32 most_parts;
  /// kWorkerBytes for each worker.
  u8* staging;
  WorkerJournal* workers_journal;
  DispatcherJournal* dispatcher_journal;
  /// See CudaOptions.
  u32 spin_nanoseconds;
  u32 idle_nanoseconds;
  Injection injection;
};

}  // namespace vyre::backend::device
