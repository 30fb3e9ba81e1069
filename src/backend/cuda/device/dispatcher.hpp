#pragma once

#include "backend/cuda/device/dispatcher_shared.hpp"
#include "backend/cuda/device/poller.hpp"
#include "backend/cuda/device/server.hpp"

#if defined(__CUDACC__)

// The dispatcher's life: what it begins with, its pollers and servers, what it leaves.
namespace vyre::backend::device {

/// What servers count by goes on from what the last launch has left with the host.
__device__ inline void start_tally(const DeviceContext& device, Tally& tally) {
  namespace control = wire::control;
  const u32* words = device.context.worker_control;
  const u32 thread = threadIdx.x;
  if (thread < kWarp) {
    const bool tenant = thread < wire::kMaxTenants;
    tally.claimed[thread] = tenant ? words[control::kFairness + thread] : 0;
    tally.fuel_used[thread] = tenant ? words[control::kFuelUsed + thread] : 0;
    tally.ended[thread] = tenant ? words[control::kTenantDone + thread] : 0;
    // A turn begins with what was claimed: all begin at 0.
    tally.turns[thread] = 0u - tally.claimed[thread];
    tally.expected[thread] = 0;
    tally.finished[thread] = tally.faults[thread] = 0;
    const u32* host = device.context.host_control;
    tally.slot_quotas[thread] = tenant ? wire::load_acquire(host + control::kQuotas + thread) : 0;
    tally.fuel_quotas[thread] =
        tenant ? wire::load_acquire(host + control::kFuelQuotas + thread) : 0;
  }
  if (thread < wire::kBands) tally.by_band[thread] = words[control::kPriorityFairness + thread];
  if (thread < kServers) tally.waiting[thread] = 0;
  if (thread == 0) {
    tally.clock = 0;
    tally.aged = words[control::kStarvation];
    tally.shares = 0;
    tally.tickets = 0;
  }
}

/// What pollers and servers begin with: until a poller has looked, nothing waits.
__device__ inline void start_shared(const DeviceContext& device, DispatcherShared& shared) {
  const u32 queues = device.context.queue_count;
  for (u32 view = threadIdx.x; view < queues * wire::kBands; view += kDispatcherThreads) {
    shared.views[view] = device.context.queues[view];
    const u32 head = shared.views[view].state->head;
    for (u32 poller = 0; poller < kPollers; ++poller) shared.tails[poller][view] = head;
  }
  for (u32 queue = threadIdx.x; queue < queues; queue += kDispatcherThreads) {
    shared.parked_fences[queue] = *device.context.queues[queue * wire::kBands].parked_fences;
  }
  for (u32 word = threadIdx.x; word < kPolledControl; word += kDispatcherThreads) {
    // A stop is the pollers' to show, after the tails.
    const u32 control = is_mask(word) ? wire::load_acquire(device.context.host_control + word) : 0;
    shared.control[word] = control;
    if (!is_mask(word)) continue;
    u32* const shown = device.dispatcher_journal->masks;
    wire::store_for_host(shown + word - wire::control::kTenantMasks, control);
  }
  start_tally(device, shared.tally);
  if (threadIdx.x == 0) {
    wire::relaxed_store(&device.reserve->dispatcher, 1 + multiprocessor_here());
    shared.context = device.context;
    shared.context.queues = shared.views;
    shared.context.ledger = ledger_of(shared.tally);
    shared.shown_masks = device.dispatcher_journal->masks;
    shared.reserve = device.reserve;
    shared.reserve_seats = device.reserve_seats;
    shared.next_job = 0;
    shared.shutdown_slot = 0;
    shared.quiet_nanoseconds = 0;
    shared.io_wanted = 0;
    shared.servers_left = kServers;
    show_life(device, 0, false);
  }
}

/// Of the servers that share a band, the one that is farthest behind says where it goes on. Their
/// positions lie close together, so that differences order them though they wrap.
__device__ inline u32 least_head(const DispatcherShared& shared, u32 view) {
  const u32 groups = share_of(0, shared.context.queue_count).groups;
  const u32* heads = shared.heads + view * groups;
  u32 least = heads[0];
  for (u32 group = 1; group < groups; ++group) {
    if (static_cast<std::int32_t>(heads[group] - least) < 0) least = heads[group];
  }
  return least;
}

/// What the last server leaves, its whole warp: the workers told to exit, behind all jobs that were
/// given; then the fences that their last slots have released; then where each queue goes on after
/// the next launch.
__device__ inline void leave(const DeviceContext& device, DispatcherShared& shared) {
  const u32 lane = threadIdx.x % kWarp;
  // All that the other servers have left is seen from here on.
  __threadfence_block();
  u32 first = 0;
  if (lane == 0) {
    wire::relaxed_store(&device.reserve->state.closed, 1);
    first = atomicAdd(&shared.next_job, device.workers);
  }
  first = for_all(first);
  __threadfence();
  const u32 each = (device.workers + kWarp - 1) / kWarp;
  const u32 begin = min(lane * each, device.workers);
  give_jobs(device.jobs, first + begin, min(each, device.workers - begin), JobRing::kExit);
  __syncwarp();
  if (lane == 0) {
    // The pollers have left, so this is what beats for the watchdog.
    volatile u32* beat = &device.dispatcher_journal->beat;
    for (u32 looks = *beat; wire::load_acquire(device.exited) != device.workers; looks += 2) {
      *beat = looks | 1;
      __nanosleep(1000);
    }
  }
  __syncwarp();
  for (u32 queue = 0; queue < device.context.queue_count; ++queue) {
    resolve_fences(shared, queue);
    if (lane >= wire::kBands) continue;
    const u32 view = queue * wire::kBands + lane;
    shared.views[view].state->head = least_head(shared, view);
  }
}

/// All of the dispatcher's threads.
__device__ inline void run_dispatcher(const DeviceContext& device, DispatcherShared& shared) {
  start_shared(device, shared);
  __syncthreads();
  const u32 warp = threadIdx.x / kWarp;
  if (warp < kPollers) {
    poll(device, shared, warp);
    return;
  }
  Server(device, shared, warp - kPollers).run();
  __syncwarp();
  __threadfence();
  const u32 left = threadIdx.x % kWarp == 0 ? atomicSub(&shared.servers_left, 1u) : 0;
  if (__shfl_sync(WarpTeam::kAll, left, 0) == 1) leave(device, shared);
}

}  // namespace vyre::backend::device

#endif
