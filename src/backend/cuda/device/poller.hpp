#pragma once

#include "backend/cuda/device/device_words.hpp"
#include "backend/cuda/device/dispatcher_shared.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// One look at every tail and at the control words; the whole warp. SHUTDOWN, the host's or a
/// slot's, is shown one look later, so that whoever sees it sees all that was published before.
/// Cost: one PCIe round trip for each 32 queues.
__device__ inline bool look(DispatcherShared& shared, volatile Sighting& sighting,
                            u32& control_before) {
  const kernel::Context& context = shared.context;
  const u32 lane = threadIdx.x % kWarp;
  // Under way together with the first tails.
  u32 control = *static_cast<const volatile u32*>(context.host_control + lane);
  bool changed = false;
  for (u32 queue = lane; queue < context.queue_count; queue += kWarp) {
    // What the host wrote before this tail is read after it by those who see it here.
    const u32 tail = wire::load_acquire(&context.queues[queue].header->tail);
    changed |= sighting.tails[queue] != tail;
    __threadfence_block();
    sighting.tails[queue] = tail;
  }
  // Tails before the control words.
  __threadfence_block();
  __syncwarp();
  if (lane == wire::control::kShutdown && control == 0) control = shared.shutdown_slot;
  const bool is_shutdown = lane == wire::control::kShutdown;
  changed |= sighting.control[lane] != (is_shutdown ? control_before : control);
  sighting.control[lane] = is_shutdown ? control_before : control;
  control_before = control;
  return __any_sync(0xFFFFFFFF, changed) != 0;
}

/// Looks until every server has left; the whole warp.
__device__ inline void poll(const DeviceContext& device, DispatcherShared& shared, u32 poller) {
  const u32 lane = threadIdx.x % kWarp;
  Pause pause(device.spin_nanoseconds, device.idle_nanoseconds);
  u32 control_before = 0;
  u32 looks = 0;
  while (*const_cast<volatile u32*>(&shared.servers_left) != 0) {
    if (look(shared, shared.sightings[poller], control_before)) pause.reset();
    pause.wait();
    if (poller != 0 || lane != 0) continue;
    shared.quiet_nanoseconds = pause.length();
    if (looks++ % 256 == 0 || pause.length() != 0) {
      volatile u32* beat = &device.dispatcher_journal->beat;
      *beat = looks | 1;
    }
  }
}

}  // namespace vyre::backend::device

#endif
