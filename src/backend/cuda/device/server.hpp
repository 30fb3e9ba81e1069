#pragma once

#include "backend/cuda/device/fences.hpp"
#include "backend/cuda/device/give_chunk.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// Words that a server executes by itself; a longer copy goes to a worker.
inline constexpr u32 kShortCopyWords = 64;

/// An operation whose arguments are `arguments`; of a packed slot too.
__device__ inline bool is_long_copy(u32 opcode, const u32* arguments) {
  return opcode == static_cast<u32>(wire::Opcode::kMemcpy) && arguments[2] > kShortCopyWords;
}

__device__ inline bool takes_long(const wire::WorkSlot& slot) {
  if (slot.opcode != static_cast<u32>(wire::Opcode::kPackedSlot)) {
    return is_long_copy(slot.opcode, slot.arguments);
  }
  if (!kernel::packed_shape_holds(slot.arguments)) return false;
  u32 at = wire::kPackedFirst;
  for (u32 i = 0; i < slot.arguments[wire::kPackedOperations]; ++i) {
    const u32 header = slot.arguments[at];
    if (is_long_copy(header & 0xFFFF, slot.arguments + at + 1)) return true;
    at += 1 + (header >> 16);
  }
  return false;
}

__device__ inline bool is_nop(const wire::WorkSlot& slot) {
  return slot.opcode == static_cast<u32>(wire::Opcode::kNop) && slot.tenant < wire::kMaxTenants;
}

__device__ inline bool writes_arguments(u32 opcode) {
  return kernel::has_result(opcode) || opcode == static_cast<u32>(wire::Opcode::kPackedSlot);
}

__device__ inline bool is_fence(const wire::WorkSlot& slot) {
  return slot.opcode == static_cast<u32>(wire::Opcode::kBatchFence) &&
         slot.tenant < wire::kMaxTenants;
}

/// One warp of the dispatcher that claims slots; all functions are called by the whole warp, but
/// those about one slot, which is its lane's.
class Server {
 public:
  __device__ Server(const DeviceContext& device, DispatcherShared& shared, u32 number)
      : device_(device),
        context_(shared.context),
        shared_(shared),
        slots_(shared.slots[number]),
        share_(share_of(number, shared.context.queue_count)),
        lane_(threadIdx.x % kWarp) {}

  /// Serves its share until told to stop, then leaves behind where it came to.
  __device__ void run() {
    // By lane: where this server is in its lane-th queue.
    u32 head =
        queue_of(lane_) < context_.queue_count ? context_.queues[queue_of(lane_)].state->head : 0;
    while (true) {
      const u32 stop = stop_mode();
      bool moved = false;
      must_retry_ = false;
      if (stop != static_cast<u32>(kernel::StopMode::kQuiesce)) moved = serve_all(head);
      if (stop != 0 && !moved && !must_retry_) break;
      if (!moved) rest(head);
    }
    leave_head(head);
  }

 private:
  /// Between looks at slots that cannot be claimed yet: each look costs PCIe reads.
  static constexpr u32 kHeldBackNanoseconds = 1000;
  /// Leaves the multiprocessor to servers that have something to do.
  static constexpr u32 kIdleNanoseconds = 40;
  static constexpr u32 kQueuesEach = kernel::kMaxQueues / kServers;
  static_assert(kQueuesEach <= kWarp);

  __device__ u32 queue_of(u32 index) const {
    return index < kQueuesEach ? share_.first_queue + index * share_.queue_step
                               : kernel::kMaxQueues;
  }

  /// Nothing could be claimed.
  __device__ void rest(u32 head) const {
    const u32 queue = queue_of(lane_);
    const bool held_back = queue < context_.queue_count && tail(queue) != head;
    const u32 quiet = for_all(shared_.quiet_nanoseconds);
    if (__any_sync(WarpTeam::kAll, held_back)) {
      __nanosleep(kHeldBackNanoseconds);
    } else if (quiet != 0) {
      __nanosleep(quiet);
    } else {
      __nanosleep(kIdleNanoseconds);
    }
  }

  __device__ u32 control(u32 word) const { return shared_.sightings[0].control[word]; }

  /// One lane's look for all: they must not go different ways because a word changed in between.
  __device__ static u32 for_all(u32 of_first_lane) {
    return __shfl_sync(WarpTeam::kAll, of_first_lane, 0);
  }

  /// What is published before it was told to stop is in the tails read after this.
  __device__ u32 stop_mode() const {
    const u32 mode = for_all(control(wire::control::kShutdown));
    __threadfence_block();
    return mode;
  }

  /// The later of what the pollers saw: tails only grow.
  __device__ u32 tail(u32 queue) const {
    const u32 first = shared_.sightings[0].tails[queue];
    const u32 second = shared_.sightings[1].tails[queue];
    return static_cast<std::int32_t>(second - first) > 0 ? second : first;
  }

  __device__ bool serve_all(u32& head) {
    bool moved = false;
    for (u32 index = 0; queue_of(index) < context_.queue_count; ++index) {
      const u32 queue = queue_of(index);
      if (share_.group == 0) resolve_fences(shared_, queue);
      const u32 from = __shfl_sync(WarpTeam::kAll, head, index);
      const u32 reached = serve(queue, from, moved);
      if (lane_ == index) head = reached;
    }
    return moved;
  }

  /// Claims what may run of the queue's positions from `from` on; gives the first that is left.
  __device__ u32 serve(u32 queue_index, u32 from, bool& moved) {
    const kernel::QueueView& queue = context_.queues[queue_index];
    const u32 waiting = for_all(tail(queue_index)) - from;
    const u32 end = from + (waiting < queue.capacity ? waiting : queue.capacity);
    __threadfence_block();
    u32 left = end;
    for (u32 p = from; p != end;) {
      const u32 next_group = (p / kWarp + 1) * kWarp;
      const u32 count = min(next_group - p, end - p);
      if (p / kWarp % share_.groups == share_.group) {
        const u32 stays = serve_group({queue_index, p}, queue, count, moved);
        if (stays != kNone && left == end) left = p + stays;
      }
      p += count;
    }
    // Others' positions count too: a server that has fallen behind goes on at once.
    moved |= left != from;
    return left;
  }

  static constexpr u32 kNone = 0xFFFFFFFF;

  /// Up to 32 positions from `first.position` on, a lane each; the first that could not be claimed,
  /// counted from there, or kNone.
  __device__ u32 serve_group(kernel::Claim first, const kernel::QueueView& queue, u32 count,
                             bool& moved) {
    const kernel::Claim claim{first.queue, first.position + lane_};
    kernel::SlotTurn& turn = queue.turns[claim.position & (queue.capacity - 1)];
    // All under way together: which of them are wanted is known only when they are here.
    const u32 claimed = lane_ < count ? wire::relaxed_load(&turn.claimed) : claim.position + 1;
    const u32 finished = lane_ < count ? wire::relaxed_load(&turn.finished) : 0;
    read_slots(queue, first.position, count);
    // A server that has not looked for long finds turns of later laps.
    const bool wanted = static_cast<std::int32_t>(claimed - (claim.position + 1)) < 0;
    wire::WorkSlot& slot = slots_[lane_];
    const bool ready = wanted && finished == claim.position + 1 - queue.capacity &&
                       slot.status == static_cast<u32>(wire::SlotStatus::kPublished) &&
                       may_run(slot.tenant);
    End end{};
    const bool done = ready && execute(claim, turn, slot, end);
    if (end.here) end_here(claim, turn, slot, end);
    __syncwarp();
    // Else it waits for its tenant's mask alone.
    const bool previous_leaves = wanted && finished != claim.position + 1 - queue.capacity;
    must_retry_ |= __any_sync(WarpTeam::kAll, previous_leaves || (ready && !done)) != 0;
    const u32 stays = __ballot_sync(WarpTeam::kAll, wanted && !done);
    moved |= __any_sync(WarpTeam::kAll, done) != 0;
    return stays == 0 ? kNone : static_cast<u32>(__ffs(static_cast<int>(stays))) - 1;
  }

  __device__ bool may_run(u32 tenant) const {
    return tenant >= wire::kMaxTenants || control(wire::control::kTenantMasks + tenant) != 0;
  }

  /// Reads `count` slots over PCIe, all at once, four lanes a slot.
  __device__ void read_slots(const kernel::QueueView& queue, u32 first, u32 count) {
    constexpr u32 kParts = sizeof(wire::WorkSlot) / sizeof(uint4);
    uint4 parts[kParts];
#pragma unroll
    for (u32 i = 0; i < kParts; ++i) {
      const u32 index = (i * kWarp + lane_) / kParts;
      if (index < count) {
        const wire::WorkSlot& slot = queue.slots[(first + index) & (queue.capacity - 1)];
        parts[i] = __ldcv(reinterpret_cast<const uint4*>(&slot) + lane_ % kParts);
      }
    }
#pragma unroll
    for (u32 i = 0; i < kParts; ++i) {
      const u32 index = (i * kWarp + lane_) / kParts;
      if (index < count) reinterpret_cast<uint4*>(&slots_[index])[lane_ % kParts] = parts[i];
    }
    __syncwarp();
  }

  /// How a slot ends that no worker has to do with.
  struct End {
    bool here;
    kernel::SlotResult result;
  };

  /// Executes a slot, or gives it to the workers; false where there is no room for that now.
  __device__ bool execute(kernel::Claim claim, kernel::SlotTurn& turn, wire::WorkSlot& slot,
                          End& end) {
    // The way of all others below is long; here it is what a slot's latency consists of.
    if (is_nop(slot)) {
      wire::relaxed_store(&turn.claimed, claim.position + 1);
      kernel::bump(context_, wire::control::kMetrics + static_cast<u32>(wire::Opcode::kNop));
      end = {true, {0, 0}};
      return true;
    }
    if (is_fence(slot)) {
      mark_claimed(claim, turn);
      park_fence(shared_, claim);
      return true;
    }
    if (kernel::is_program(slot) || takes_long(slot)) {
      return execute_by_workers(claim, turn, slot, end);
    }
    wire::relaxed_store(&turn.claimed, claim.position + 1);
    if (slot.opcode == static_cast<u32>(wire::Opcode::kShutdown) &&
        slot.tenant < wire::kMaxTenants) {
      shared_.shutdown_slot = static_cast<u32>(kernel::StopMode::kDrain);
    }
    end = {true, kernel::run_simple(context_, slot, claim.position)};
    return true;
  }

  __device__ bool execute_by_workers(kernel::Claim claim, kernel::SlotTurn& turn,
                                     const wire::WorkSlot& slot, End& end) {
    const u32 number = chunk_number(device_, context_.queues[claim.queue].capacity, claim);
    ChunkState& chunk = device_.chunks[number];
    if (!take_chunk(chunk)) return false;
    mark_claimed(claim, turn);
    chunk.claim = claim;
    chunk.slot = slot;
    kernel::SlotResult result{0, 0};
    if (kernel::is_program(slot)) {
      result = open_program(device_, chunk);
    } else {
      chunk.program = nullptr;
      start_counters(chunk, 0, 1);
    }
    if (result.fault_code != 0) {
      wire::store_release_to_workers(&chunk.busy, 0);
      end = {true, result};
    } else {
      give_chunk(device_, shared_, number);
    }
    return true;
  }

  __device__ wire::WorkSlot& slot_at(kernel::Claim claim) const {
    const kernel::QueueView& queue = context_.queues[claim.queue];
    return queue.slots[claim.position & (queue.capacity - 1)];
  }

  __device__ void mark_claimed(kernel::Claim claim, kernel::SlotTurn& turn) {
    wire::relaxed_store(&turn.claimed, claim.position + 1);
    wire::store_for_host(&slot_at(claim).status, static_cast<u32>(wire::SlotStatus::kClaimed));
  }

  /// As kernel::complete, with fewer fences. A NOP leaves nothing that its status has to wait for
  /// but counters, which may come later (see Megakernel::metrics). `finished` is read by this block
  /// alone, so that its fence is the block's; whoever completes a BATCH_FENCE later carries what
  /// he has seen along to the host.
  __device__ void end_here(kernel::Claim claim, kernel::SlotTurn& turn, const wire::WorkSlot& copy,
                           const End& end) {
    wire::WorkSlot& slot = slot_at(claim);
    const bool failed = end.result.fault_code != 0;
    kernel::bump(context_, wire::control::kDoneCount);
    if (!is_nop(copy)) {
      if (writes_arguments(copy.opcode)) kernel::put_arguments(context_, claim, copy);
      if (failed) {
        kernel::write_fault(slot, end.result);
        kernel::bump(context_, wire::control::kMetricFaults);
      }
      wire::fence_for_host();
    }
    wire::store_for_host(&slot.status, static_cast<u32>(failed ? wire::SlotStatus::kFault
                                                               : wire::SlotStatus::kDone));
    __threadfence_block();
    wire::relaxed_store(&turn.finished, claim.position + 1);
  }

  __device__ void leave_head(u32 head) {
    for (u32 index = 0; queue_of(index) < context_.queue_count; ++index) {
      if (lane_ == index) shared_.heads[queue_of(index) * share_.groups + share_.group] = head;
    }
    __syncwarp();
  }

  const DeviceContext& device_;
  const kernel::Context& context_;
  DispatcherShared& shared_;
  wire::WorkSlot* slots_;
  Share share_;
  u32 lane_;
  /// In this pass something could not be claimed that soon can be.
  bool must_retry_ = false;
};

}  // namespace vyre::backend::device

#endif
