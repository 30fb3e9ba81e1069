#pragma once

#include "backend/cuda/device/device_state.hpp"
#include "backend/cuda/device/device_words.hpp"

#if defined(__CUDACC__)

// The workers of one multiprocessor, where tenants share the device, serve those alone who have
// little under way. However busy others keep the rest, such a tenant finds a worker that is free,
// and no neighbours on its multiprocessor that slow it down. Where one tenant has the device to
// itself they are workers like all others.
//
// A box has one writer at a time: while it says kAway, kGiven or kRuns its worker, while kHeld the
// server that holds it; while kWaits whoever exchanges that first: a server for kHeld, or the
// worker for kAway.
namespace vyre::backend::device {

inline constexpr u32 kNoSeat = 0xFFFFFFFF;

/// A box's word: the kind in the lowest 4 bits, then the tenant, then the job.
__device__ constexpr u32 box_word(Reserve::Kind kind, u32 tenant = 0, u32 number = 0) {
  return kind | tenant << 4 | number << 16;
}
static_assert(wire::kMaxTenants <= 1u << 12 && kMostChunks <= 1u << 16);
__device__ constexpr u32 kind_of(u32 box) { return box & 0xF; }
__device__ constexpr u32 tenant_of(u32 box) { return box >> 4 & 0xFFF; }
__device__ constexpr u32 number_of(u32 box) { return box >> 16; }

__device__ inline u32 multiprocessor_here() {
  u32 here;
  asm volatile("mov.u32 %0, %smid;" : "=r"(here));
  return here;
}

/// The seat of this worker in the reserve, kNoSeat for most; one thread of it, once. The reserve is
/// where the first worker comes that is no neighbour of the dispatcher.
__device__ inline u32 take_seat(Reserve& reserve, u32 seats) {
  if (seats == 0) return kNoSeat;
  const u32 here = 1 + multiprocessor_here();
  u32 dispatcher;
  while ((dispatcher = wire::relaxed_load(&reserve.dispatcher)) == 0) __nanosleep(1000);
  if (here == dispatcher) return kNoSeat;
  const u32 chosen = atomicCAS(&reserve.multiprocessor, 0u, here);
  if (chosen != 0 && chosen != here) return kNoSeat;
  const u32 seat = atomicAdd(&reserve.taken, 1u);
  return seat < seats ? seat : kNoSeat;
}

/// Waits for a job of the reserve; kNoSeat where its worker is to serve as all others do.
__device__ inline u32 wait_in_reserve(Reserve& reserve, u32 seat, Pause& pause) {
  const auto* state = reinterpret_cast<const u64*>(&reserve.state);
  u32* box = reserve.boxes + seat;
  constexpr u32 kWaits = box_word(Reserve::kWaits);
  constexpr u32 kAway = box_word(Reserve::kAway);
  if (load_relaxed_device(state) != Reserve::kOpen) {
    wire::relaxed_store(box, kAway);
    return kNoSeat;
  }
  wire::relaxed_store(box, kWaits);
  while (true) {
    const u32 seen = wire::relaxed_load(box);
    if (kind_of(seen) == Reserve::kGiven) {
      __threadfence();
      wire::relaxed_store(box, box_word(Reserve::kRuns, tenant_of(seen)));
      return number_of(seen);
    }
    const bool open = load_relaxed_device(state) == Reserve::kOpen;
    if (!open && wire::relaxed_compare_exchange(box, kWaits, kAway)) return kNoSeat;
    if (open) pause.wait();
  }
}

/// Who sits in the reserve, as one tenant sees it.
struct Seating {
  /// Bit s: the worker of seat s waits.
  u32 waiting;
  /// Seats that the tenant has.
  u32 own;
  /// Nobody takes more than are left for others.
  __device__ bool leaves_some() const { return static_cast<u32>(__popc(waiting)) >= own; }
};

__device__ inline Seating look_at_seats(const Reserve& reserve, u32 seats, u32 tenant) {
  Seating seating{0, 0};
#pragma unroll
  for (u32 seat = 0; seat < Reserve::kMostSeats; ++seat) {
    const u32 box = seat < seats ? wire::relaxed_load(reserve.boxes + seat) : 0;
    if (kind_of(box) == Reserve::kWaits) seating.waiting |= 1u << seat;
    if (kind_of(box) >= Reserve::kHeld && tenant_of(box) == tenant) ++seating.own;
  }
  return seating;
}

/// The seat that is held gets no job.
__device__ inline void let_go(Reserve& reserve, u32 seat) {
  wire::relaxed_store(reserve.boxes + seat, box_word(Reserve::kWaits));
}

/// A worker of the reserve that waits, and is this tenant's now; kNoSeat where it would have more
/// than are left for others. Servers that hold seats for one tenant at once see so afterwards. One
/// lane of a server. Cost: a round trip to device memory, three where there is one.
__device__ inline u32 hold_seat(Reserve& reserve, u32 seats, u32 tenant) {
  const Seating before = look_at_seats(reserve, seats, tenant);
  if (before.waiting == 0 || !before.leaves_some()) return kNoSeat;
  const u32 seat = first_of(before.waiting);
  if (!wire::relaxed_compare_exchange(reserve.boxes + seat, box_word(Reserve::kWaits),
                                      box_word(Reserve::kHeld, tenant))) {
    return kNoSeat;
  }
  if (look_at_seats(reserve, seats, tenant).leaves_some()) return seat;
  let_go(reserve, seat);
  return kNoSeat;
}

/// Gives the worker of a seat that is held its job; only after __threadfence().
__device__ inline void fill_seat(Reserve& reserve, u32 seat, u32 number) {
  u32* box = reserve.boxes + seat;
  wire::relaxed_store(box, box_word(Reserve::kGiven, tenant_of(wire::relaxed_load(box)), number));
}

}  // namespace vyre::backend::device

#endif
