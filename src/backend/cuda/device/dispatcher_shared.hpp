#pragma once

#include "backend/cuda/device/device_state.hpp"

// The dispatcher is one thread block. Its pollers look at the words that the host writes, over
// PCIe, and show them to the servers in shared memory; the servers claim slots, execute short
// built-ins themselves and give chunks to the workers. It is the only one that claims, so tickets
// need no compare-exchange here.
namespace vyre::backend::device {

inline constexpr u32 kWarp = 32;
/// Two, so that a new tail is seen half a PCIe round trip sooner.
inline constexpr u32 kPollers = 2;
inline constexpr u32 kServers = 8;
inline constexpr u32 kDispatcherThreads = (kPollers + kServers) * kWarp;
/// Control words that a poller reads at once: SHUTDOWN and the tenants' masks.
inline constexpr u32 kPolledControl = 32;
static_assert(wire::control::kTenantMasks + wire::kMaxTenants <= kPolledControl);
inline constexpr u32 kMaxViews = kernel::kMaxQueues * wire::kBands;
inline constexpr u32 kNobody = 0xFFFFFFFF;

/// What the servers count and decide by, here while the kernel runs: see kernel::ClaimLedger.
/// Poller 0 brings in what the host and the workers write, and shows the host what is counted.
struct Tally {
  u32 claimed[kWarp];
  u32 fuel_used[kWarp];
  u32 ended[kWarp];
  u32 turns[kWarp];
  u32 expected[kWarp];
  u32 clock;
  u32 by_band[wire::kBands];
  u32 aged;
  /// Built-ins that ended here, and those of them in FAULT.
  u32 finished[kWarp];
  u32 faults[kWarp];
  u32 slot_quotas[kWarp];
  u32 fuel_quotas[kWarp];
  /// By server: bit t where tenant t has a slot that could run, but for its turn or for room.
  u32 waiting[kServers];
  /// Several tenants are authorised.
  u32 shares;
  /// Tickets for jobs that workers have taken, as poller 0 saw it last.
  u32 tickets;
};

struct DispatcherShared {
  /// The device's, but with the queues' views here, where looking at them costs little.
  kernel::Context context;
  kernel::QueueView views[kMaxViews];
  Tally tally;
  /// In the dispatcher's journal.
  u32* shown_masks;
  Reserve* reserve;
  u32 reserve_seats;
  /// What each poller saw last of the host's tails; by view.
  volatile u32 tails[kPollers][kMaxViews];
  /// The host's first control words, as poller 0 saw them last. SHUTDOWN is shown after all tails
  /// that the host wrote before it.
  volatile u32 control[kPolledControl];
  /// The ticket of the next job.
  u32 next_job;
  /// Set by a SHUTDOWN slot.
  volatile u32 shutdown_slot;
  /// Not 0 while the host is quiet: how long the pollers pause, nanoseconds.
  volatile u32 quiet_nanoseconds;
  /// A poller has seen a reason to move the io queue on.
  volatile u32 io_wanted;
  u32 servers_left;
  /// Fences of each queue that wait for earlier slots.
  u32 parked_fences[kernel::kMaxQueues];
  /// Where each server is in each of its bands: by view, then group.
  u32 heads[kMaxViews];
  /// In the same order: whose slot was the first that stayed there; kNobody where none did.
  u32 first_tenants[kMaxViews];
  /// Slots as they were read, for each server.
  wire::WorkSlot slots[kServers][kWarp];
};

/// Which queues a server looks after, and that of their positions every `groups`-th group of 32 is
/// its own (looks_after()).
struct Share {
  u32 first_queue;
  u32 queue_step;
  u32 group;
  u32 groups;
  /// queue >> turn_shift is how many of its groups a queue is ahead of the first: here, none.
  u32 turn_shift = 31;
};

/// The ledger that servers claim by.
VYRE_HOST_DEVICE inline kernel::ClaimLedger ledger_of(Tally& tally) {
  return {tally.claimed, tally.fuel_used, tally.by_band,  &tally.aged,
          tally.ended,   tally.turns,     tally.expected, &tally.clock};
}

/// With fewer queues than servers several share a queue; else each has several. `groups` is a power
/// of two for any number of queues. Few queues that do not come out even are shared out to either
/// half of the servers: slots of a queue whose server has more to do than others' take longer, and
/// a stream ends with its slowest ring.
VYRE_HOST_DEVICE constexpr Share share_of(u32 server, u32 queues) {
  constexpr u32 kHalf = kServers / 2;
  constexpr u32 kHalfShift = 2;
  static_assert(kHalf == 1u << kHalfShift);
  if (queues > kServers && queues < 3 * kServers && queues % kServers != 0) {
    return {server % kHalf, kHalf, server / kHalf, 2, kHalfShift};
  }
  if (queues >= kServers) return {server, kServers, 0, 1};
  const u32 groups = kServers / queues;
  if (server >= groups * queues) return {queues, 1, 0, 1};
  return {server % queues, queues, server / queues, groups};
}

/// Whether the position of one of its queues is the server's. Rings that begin together are at the
/// same positions: neighbours among a server's queues are one group apart, so that other servers
/// have something to do too.
VYRE_HOST_DEVICE constexpr bool looks_after(const Share& share, u32 queue, u32 position) {
  return ((position / kWarp + (queue >> share.turn_shift)) & (share.groups - 1)) == share.group;
}

}  // namespace vyre::backend::device
