#pragma once

#include "base/units.hpp"
#include "kernel/park.hpp"
#include "wire/builtin.hpp"
#include "wire/combine.hpp"
#include "wire/control.hpp"
#include "wire/outcome.hpp"
#include "wire/work_queue.hpp"

// What the workers see: plain pointers into memory that the backend allocated. "Shared memory" is
// reached by host and workers, each word written by one side. "Workers' memory" is the workers'
// own: read-modify-writes are allowed there on every backend, and the host reaches it through the
// backend alone.
namespace vyre::kernel {

inline constexpr u32 kMaxQueues = 256;
inline constexpr u32 kMaxRegions = 256;
inline constexpr u32 kMaxProgramsPerTenant = 64;

/// Values of the control word SHUTDOWN and of WorkersState::stop.
enum class StopMode : u32 {
  kRun = 0,
  /// Execute all that is published and may run, then exit.
  kDrain = 1,
  /// Finish what is claimed, then exit.
  kQuiesce = 2,
};

struct TableView {
  const u8* bytes;
  u32 size;
  /// What the backend prepared for its own automaton scan; null where it uses the reference.
  const void* plan;
};

/// A declared range of the tenant's state window; `access` is a vyre::WindowAccess.
struct WindowRange {
  u32 first;
  u32 count;
  u32 access;
};

/// A loaded program; all pointers into memory that workers reach. `code` is the image: instructions
/// that are proven to stay in bounds carry vir0::kProvenInBounds.
struct ProgramView {
  const u64* code;
  u32 code_length;
  u32 table_count;
  const TableView* tables;
  /// How each of `result_count` result words combines.
  const wire::CombineKind* combines;
  u32 result_count;
  u32 window_count;
  const WindowRange* windows;
  /// Words of the tenant's window that the ranges need; at most what a chunk's window has.
  u32 window_words;
  u32 carry_words;
  /// Records that one tile may emit.
  u32 emit_budget;
  /// 1 where tiles of a chunk may run on several workers at once: nothing passes from tile to tile.
  u32 splits;
  /// Bytes around a tile that the program may read, at most kHaloBytes each (vir0::tile_reach).
  u32 reach_before;
  u32 reach_after;
  /// Bytes that one io.load may ask for; 0: it has none.
  u32 io_bytes = 0;
  /// Which of the translations that the backend has installed runs it, from 1; 0: it is
  /// interpreted.
  u32 translation = 0;
};

/// One entry of the program table, in workers' memory; the host writes `ready` last.
struct ProgramEntry {
  u32 ready;
  ProgramView view;
};

/// One entry of the region table, in workers' memory. The host writes it whole, then `active`;
/// `users` is the workers' and counts those that are inside; `parked` too, slots that wait in its
/// parks: while it is not 0 the entry is no other region's, and `parks` stays.
struct RegionEntry {
  u32 active;
  u32 users;
  u32 parked;
  const u8* data;
  u64 data_bytes;
  /// In shared memory.
  u8* outcomes;
  u32 outcome_count;
  /// Of each outcome: records, then bytes of output behind them.
  u32 record_capacity;
  u64 output_capacity;
  /// Bytes from one OutcomeHeader to the next; a multiple of 64.
  u64 outcome_stride;
  /// Where workers that share a chunk put its records together: record_capacity of them for each
  /// outcome, in workers' memory. Null where chunks are not shared.
  wire::Record* gathered;
  /// 1 where `data` is in workers' memory.
  u32 near_workers;
  /// Bytes of each outcome's inbox; 0: there are none, and no parks.
  u32 inbox_bytes;
  /// In shared memory, `inbox_stride` bytes from one to the next.
  u8* inboxes;
  u64 inbox_stride;
  /// One for each outcome.
  Park* parks;
};

/// A slot's turn-taking among the workers (workers' memory). A word holds `position + 1` of the
/// last position that did it.
struct SlotTurn {
  u32 claimed;
  u32 finished;
  /// Not 0 while the slot holds a fence that waits for earlier slots; see parked_mark().
  u32 fence_parked;
  /// The FaultCode with which the host wants the slot's program to end; 0 while it does not.
  /// Written by the host alone, and 0 again before the slot is published anew.
  u32 cancelled;
};

/// Where the producer of one queue sleeps; in shared memory, used by CPU workers alone.
struct alignas(64) WakeWord {
  u32 parked;
  int event_fd;
};

/// What a parked fence waits for, copied from its slot (workers' memory).
struct FenceWait {
  u32 tails[wire::kBands];
  /// Bit b: look at band b.
  u32 bands;
};

struct alignas(64) BandState {
  /// Every position before it has been claimed.
  u32 head;
};

/// One band of a work queue: a ring of its own. Band b of queue q is Context::queues[q * kBands +
/// b], so that a view's index tells both.
struct QueueView {
  /// In the queue's header.
  u32* tail;
  wire::WorkSlot* slots;
  /// A power of two, the same for all.
  u32 capacity;
  BandState* state;
  SlotTurn* turns;
  FenceWait* fences;
  /// Of all bands of the queue: fences that wait. Workers' memory.
  u32* parked_fences;
  /// The queue's.
  WakeWord* wake;
};

VYRE_HOST_DEVICE constexpr u32 queue_of(u32 view) { return view / wire::kBands; }
VYRE_HOST_DEVICE constexpr u32 band_of(u32 view) { return view % wire::kBands; }

/// What claimers count by (workers' memory; on a device, while it runs, where its dispatcher
/// reaches it fastest).
struct ClaimLedger {
  /// By tenant: slots claimed, see wire::control::kFairness.
  u32* claimed;
  /// By tenant: see wire::control::kFuelUsed. Read here, written by who ends slots.
  const u32* fuel_used;
  /// By band: slots claimed.
  u32* by_band;
  /// Slots that were claimed because their band had waited long.
  u32* aged;
  /// By tenant: claimed slots that have ended; see wire::control::kTenantDone. As `fuel_used`.
  const u32* ended;
  // Virtual time, see kernel/fair_share.hpp.
  /// By tenant: what it was charged for slots that have ended, beside their claims.
  u32* turns;
  /// By tenant: what its slots have been charged lately, beside their claims.
  u32* expected;
  /// The turn of the tenant that was served last.
  u32* clock;
};

/// The workers' side of the io queue (workers' memory). Words below `lock` belong to who holds it,
/// but `runnable_first` and `completed` may be read by all.
struct alignas(64) IoState {
  /// Slots in WAIT_IO that nobody has taken up again.
  u32 parked;
  /// On a device: slots of programs that load which have begun and not ended.
  u32 open;
  /// A stack of requests that no one has looked at yet, as links.
  u32 incoming;
  u32 lock;
  /// Requests that wait for an io slot, oldest first.
  u32 waiting_first;
  u32 waiting_last;
  /// Slots whose request is over.
  u32 runnable_first;
  u32 runnable_last;
  /// The host's `completed`, as it was when the io slots were last looked at.
  u32 completed;
  /// io slots that hold a request, as bits, and whose, as links.
  u64 busy;
  u32 owners[wire::kIoSlots];
};

struct IoView {
  wire::IoHeader* header;
  wire::IoSlot* slots;
  IoState* state;
  /// Where the host's server of the queue sleeps.
  WakeWord* wake;
};

struct DebugLogView {
  u32* cursor;
  wire::DebugRecord* records;
  u32 capacity;
};

/// In shared memory, written by the workers; by the host while none runs.
struct alignas(64) WorkersState {
  /// Set by a SHUTDOWN slot; a StopMode.
  u32 stop;
};

struct Context {
  /// Words that the host writes (SHUTDOWN, masks, quotas), in shared memory; read-only here.
  const u32* host_control;
  /// Words that the workers write (DONE_COUNT, EPOCH, metrics, observables), in their own memory.
  u32* worker_control;
  WorkersState* workers;
  /// queue_count * kBands views.
  QueueView* queues;
  u32 queue_count;
  ClaimLedger ledger;
  /// kMaxTenants windows of `window_words` each.
  u32* windows;
  u32 window_words;
  /// kMaxTenants * kMaxProgramsPerTenant entries.
  ProgramEntry* programs;
  /// kMaxRegions entries.
  RegionEntry* regions;
  DebugLogView debug_log;
  IoView io;
  /// 1 where outcomes say when their runs began and ended.
  u32 keep_times;
};

}  // namespace vyre::kernel
