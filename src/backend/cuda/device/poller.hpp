#pragma once

#include "backend/cuda/device/device_words.hpp"
#include "backend/cuda/device/dispatcher_shared.hpp"
#include "kernel/io_queue.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

__device__ inline bool is_mask(u32 word) {
  return word >= wire::control::kTenantMasks &&
         word < wire::control::kTenantMasks + wire::kMaxTenants;
}

/// Tells the host by which mask a tenant's slots are claimed from now on.
__device__ inline void tell_mask(DispatcherShared& shared, u32 tenant, u32 mask) {
  __threadfence_block();
  wire::store_for_host(shared.shown_masks + tenant, mask);
}

/// Of poller 0, before `control` is shown: whether several tenants may run.
__device__ inline void bring_shares(DispatcherShared& shared, u32 control) {
  const u32 lane = threadIdx.x % kWarp;
  const bool authorised = is_mask(lane) && (control & wire::tenant_mask::kAuthorised) != 0;
  const u32 count = static_cast<u32>(__popc(__ballot_sync(0xFFFFFFFF, authorised)));
  volatile u32& shares = shared.tally.shares;
  const u32 now = count > 1 ? 1 : 0;
  if (lane != 0 || shares == now) return;
  shares = now;
  wire::relaxed_store(&shared.reserve->state.open, now);
}

/// Of poller 0, before `control` is shown: reads a tenant's quotas anew where its mask has changed.
__device__ inline void bring_quotas(DispatcherShared& shared, u32 control) {
  const u32 lane = threadIdx.x % kWarp;
  if (!is_mask(lane) || control == shared.control[lane]) return;
  const u32 tenant = lane - wire::control::kTenantMasks;
  const u32* words = shared.context.host_control;
  shared.tally.slot_quotas[tenant] = wire::load_acquire(words + wire::control::kQuotas + tenant);
  shared.tally.fuel_quotas[tenant] =
      wire::load_acquire(words + wire::control::kFuelQuotas + tenant);
  __threadfence_block();
}

/// Adds what has come to a counter since `shown` to the one that the host sees.
__device__ inline void show_more(u32* shown_to_host, u32 now, u32& shown) {
  if (now != shown) atomicAdd(shown_to_host, now - shown);
  shown = now;
}

/// What one lane of poller 0 has shown the host already.
struct Shown {
  u32 finished = 0;
  u32 faults = 0;
};

/// Brings the servers what workers have counted, and the host what servers have; the whole warp of
/// poller 0, or of who comes after it.
__device__ inline void exchange_counts(const DeviceContext& device, DispatcherShared& shared,
                                       Shown& shown) {
  namespace control = wire::control;
  const u32 lane = threadIdx.x % kWarp;
  volatile Tally& tally = shared.tally;
  u32* words = device.context.worker_control;
  // Under way together. What has ended before the fuel, which is counted sooner.
  const bool is_tenant = lane < wire::kMaxTenants;
  const u32 done = is_tenant ? wire::relaxed_load(words + control::kTenantDone + lane) : 0;
  const u32 used = is_tenant ? wire::relaxed_load(words + control::kFuelUsed + lane) : 0;
  const u32 tickets = wire::relaxed_load(device.jobs.next);
  if (lane == 0) {
    tally.tickets = tickets;
    wire::relaxed_store(words + control::kStarvation, tally.aged);
  }
  if (lane < wire::kBands) {
    wire::relaxed_store(words + control::kPriorityFairness + lane, tally.by_band[lane]);
  }
  if (!is_tenant) return;
  const u32 ended = done + tally.finished[lane] - shown.finished;
  const kernel::ClaimLedger ledger = ledger_of(shared.tally);
  const u32 more = used - tally.fuel_used[lane];
  if (more != 0) {
    tally.fuel_used[lane] = used;
    kernel::charge_fuel(ledger, lane, u64{more} * wire::kFuelUnit, ended - tally.ended[lane]);
  }
  tally.ended[lane] = ended;
  kernel::keep_up(ledger, lane);
  wire::relaxed_store(words + control::kFairness + lane, tally.claimed[lane]);
  show_more(words + control::kTenantDone + lane, tally.finished[lane], shown.finished);
  show_more(words + control::kTenantFaults + lane, tally.faults[lane], shown.faults);
}

/// One look at every tail; the whole warp. True where one has moved. Cost: one PCIe round trip for
/// each 32 of them.
__device__ inline bool look_at_tails(DispatcherShared& shared, u32 poller) {
  const kernel::Context& context = shared.context;
  volatile u32* shown = shared.tails[poller];
  bool moved = false;
  for (u32 view = threadIdx.x % kWarp; view < context.queue_count * wire::kBands; view += kWarp) {
    // What the host wrote before this tail is read after it by those who see it here.
    const u32 tail = wire::load_acquire(context.queues[view].tail);
    moved |= shown[view] != tail;
    __threadfence_block();
    shown[view] = tail;
  }
  return __any_sync(WarpTeam::kAll, moved) != 0;
}

/// The same, and before it a look at the control words, which are shown after it: so whoever sees
/// SHUTDOWN, the host's or a slot's, sees all that was published before. Poller 0. Cost: a round
/// trip more.
__device__ inline bool look_at_all(DispatcherShared& shared) {
  const u32 lane = threadIdx.x % kWarp;
  u32 control = wire::load_acquire(shared.context.host_control + lane);
  if (lane == wire::control::kShutdown && control == 0) control = shared.shutdown_slot;
  // What all lanes read from here on is what was there by then, or later.
  __syncwarp();
  const bool moved = look_at_tails(shared, 0);
  // Tails before the control words.
  __threadfence_block();
  __syncwarp();
  bring_shares(shared, control);
  bring_quotas(shared, control);
  const bool changed = shared.control[lane] != control;
  shared.control[lane] = control;
  if (changed && is_mask(lane)) tell_mask(shared, lane - wire::control::kTenantMasks, control);
  return __any_sync(WarpTeam::kAll, changed) != 0 || moved;
}

/// Whether slots that are parked need somebody; one lane. `parked` was read before.
__device__ inline bool look_at_io(DispatcherShared& shared, u32 parked) {
  if (parked == 0 || !kernel::wants_moving(shared.context.io)) return false;
  shared.io_wanted = 1;
  return true;
}

/// Looks between two times that the host is told; the timer is slow to read.
inline constexpr u32 kLooksATime = 64;

/// Tells the host that the dispatcher runs, and what time it is; one thread.
__device__ inline void show_life(const DeviceContext& device, u32 looks, bool pausing) {
  DispatcherJournal& journal = *device.dispatcher_journal;
  if (device.context.keep_times != 0 && (pausing || looks % kLooksATime == 0)) {
    *const_cast<volatile u64*>(&journal.nanoseconds) = kernel::machine_nanoseconds();
  }
  if (pausing || looks % 256 == 0) *const_cast<volatile u32*>(&journal.beat) = (looks + 1) | 1;
}

/// Looks until every server has left; the whole warp. Then all that servers have counted is shown.
__device__ inline void poll(const DeviceContext& device, DispatcherShared& shared, u32 poller) {
  const u32 lane = threadIdx.x % kWarp;
  Pause pause(device.spin_nanoseconds, device.idle_nanoseconds);
  // Looks at tails alone, between others that take as long again.
  constexpr u32 kLooksBetween = 8;
  u32 looks = 0;
  Shown shown;
  while (for_all(*const_cast<volatile u32*>(&shared.servers_left)) != 0) {
    // Under way together with what is looked at: while nothing is parked it costs no time.
    const bool looks_at_io = poller == kPollers - 1 && lane == 0;
    const u32 parked = looks_at_io ? wire::relaxed_load(&shared.context.io.state->parked) : 0;
    const bool due = looks % kLooksBetween == 0 || pause.length() != 0;
    const bool at_all = poller == 0 && for_all(due ? 1 : 0) != 0;
    if (at_all ? look_at_all(shared) : look_at_tails(shared, poller)) pause.reset();
    if (looks_at_io && look_at_io(shared, parked)) pause.reset();
    __syncwarp();
    pause.wait();
    if (poller != 0) continue;
    if (at_all) exchange_counts(device, shared, shown);
    ++looks;
    if (lane != 0) continue;
    shared.quiet_nanoseconds = pause.length();
    show_life(device, looks - 1, pause.length() != 0);
  }
  if (poller == 0) exchange_counts(device, shared, shown);
}

}  // namespace vyre::backend::device

#endif
