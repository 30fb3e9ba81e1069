#pragma once

#include "backend/cuda/device/end_here.hpp"
#include "backend/cuda/device/fences.hpp"
#include "backend/cuda/device/give_chunk.hpp"
#include "backend/cuda/device/job_room.hpp"
#include "backend/cuda/device/read_slots.hpp"
#include "backend/cuda/device/resume.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// One warp of the dispatcher that claims slots; all functions are called by the whole warp, but
/// those about one slot, which is its lane's. Each pass goes over its bands, the most urgent first,
/// and claims all that may run. What short built-ins take is little, so none starves. Jobs for the
/// workers are given out as JobRoom has it, to a band that has waited long a group all the same.
class Server {
 public:
  __device__ Server(const DeviceContext& device, DispatcherShared& shared, u32 number)
      : device_(device),
        context_(shared.context),
        shared_(shared),
        slots_(shared.slots[number]),
        share_(share_of(number, shared.context.queue_count)),
        tenants_(shared, number),
        room_(device, shared),
        resumes_(number == 0),
        lane_(threadIdx.x % kWarp) {
    while (share_.first_queue + queues_ * share_.queue_step < context_.queue_count) ++queues_;
    if (lane_ >= views()) return;
    first_view_ = view_at(lane_, false);
    turned_view_ = view_at(lane_, true);
  }

  /// Serves its share until told to stop, then leaves behind where it came to.
  __device__ void run() {
    start_heads();
    while (true) {
      const u32 stop = stop_mode();
      bool moved = false;
      must_retry_ = held_back_ = false;
      if (stop != static_cast<u32>(kernel::StopMode::kQuiesce)) {
        if (resumes_) moved = resume_parked(stop);
        moved |= serve_all();
      }
      if (stop != 0 && !moved && !must_retry_) break;
      if (!moved) rest();
    }
    tenants_.leave();
  }

 private:
  /// Between looks at slots that cannot be claimed yet: each look costs PCIe reads.
  static constexpr u32 kHeldBackNanoseconds = 1000;
  /// Leaves the multiprocessor to servers that have something to do.
  static constexpr u32 kIdleNanoseconds = 20;

  /// The server's index-th band: all its queues' most urgent ones first. Every other pass the
  /// queues are `turned` round, so that none is always the last.
  __device__ u32 view_at(u32 index, bool turned) const {
    const u32 place = index % queues_;
    const u32 number = turned ? queues_ - 1 - place : place;
    return (share_.first_queue + number * share_.queue_step) * wire::kBands + index / queues_;
  }
  __device__ u32 views() const { return queues_ * wire::kBands; }

  __device__ u32& head(u32 view) const {
    return shared_.heads[view * share_.groups + share_.group];
  }

  __device__ u32& first_tenant(u32 view) const {
    return shared_.first_tenants[view * share_.groups + share_.group];
  }

  __device__ void start_heads() {
    for (u32 index = lane_; index < views(); index += kWarp) {
      const u32 view = view_at(index, false);
      head(view) = context_.queues[view].state->head;
      first_tenant(view) = kNobody;
    }
    __syncwarp();
  }

  /// Nothing could be claimed. By what the pass saw: what has come since is to be served at once.
  __device__ void rest() const {
    const u32 quiet = for_all(shared_.quiet_nanoseconds);
    if (held_back_) {
      __nanosleep(kHeldBackNanoseconds);
    } else if (quiet != 0) {
      __nanosleep(quiet);
    } else {
      await_tail();
    }
  }

  /// Looks for new tails alone, which is quicker than a pass, for about as long as one takes.
  __device__ void await_tail() const {
    constexpr u32 kLooks = 16;
    for (u32 i = 0; i < kLooks; ++i) {
      const bool some = lane_ < views() && tail(first_view_) != head(first_view_);
      if (__any_sync(WarpTeam::kAll, some) != 0) return;
      __nanosleep(kIdleNanoseconds);
    }
  }

  /// What is published before it was told to stop is in the tails read after this.
  __device__ u32 stop_mode() const {
    const u32 mode = for_all(shared_.control[wire::control::kShutdown]);
    __threadfence_block();
    return mode;
  }

  /// The later of what the pollers saw: tails only grow.
  __device__ u32 tail(u32 view) const {
    const u32 first = shared_.tails[0][view];
    const u32 second = shared_.tails[1][view];
    return static_cast<std::int32_t>(second - first) > 0 ? second : first;
  }

  /// Gives slots that waited for I/O to the workers again. A drain waits for all that may yet wait.
  __device__ bool resume_parked(u32 stop) {
    bool moved = false;
    if (for_all(shared_.io_wanted) != 0) {
      if (lane_ == 0) moved = resume_runnable(device_, shared_);
      __syncwarp();
    }
    if (stop != 0) must_retry_ |= for_all(lane_ == 0 ? loads_left(context_) : 0) != 0;
    return __any_sync(WarpTeam::kAll, moved) != 0;
  }

  __device__ bool serve_all() {
    bool moved = false;
    tenants_.begin_pass();
    if (share_.group == 0) resolve_all_fences(shared_, share_, queues_);
    turned_ = !turned_;
    for (u32 from = 0; from < views(); from += kWarp) {
      const u32 index = from + lane_;
      const u32 first = turned_ ? turned_view_ : first_view_;
      const u32 view = from == 0 ? first : view_at(index, turned_);
      const bool some = index < views() && tail(view) != head(view);
      u32 some_views = __ballot_sync(WarpTeam::kAll, some);
      for (; some_views != 0; some_views &= some_views - 1) {
        const int next = __ffs(static_cast<int>(some_views)) - 1;
        serve_view(__shfl_sync(WarpTeam::kAll, view, next), moved);
      }
    }
    return tenants_.end_pass() || moved;
  }

  /// Whether there is room for jobs is asked when the first slot that is no NOP is there; before
  /// anything is read where there was none lately, since each look costs PCIe reads. Who may have a
  /// seat in the reserve needs no room.
  __device__ void serve_view(u32 view, bool& moved) {
    asked_ = refused_ = false;
    const bool closed = (closed_ >> kernel::band_of(view) & 1) != 0;
    if (closed && !ask_for_room(view) && !tenants_.may_have_seat(for_all(first_tenant(view))))
      return;
    first_tenant_ = kNobody;
    claimed_ = false;
    const u32 reached = serve(view, head(view), is_aged() || refused_ ? kWarp : kNone, moved);
    __syncwarp();
    if (lane_ == 0) {
      head(view) = reached;
      first_tenant(view) = first_tenant_;
      if (is_aged() && claimed_) atomicAdd(&shared_.tally.aged, 1u);
    }
    __syncwarp();
  }

  __device__ bool is_aged() const { return asked_ && room_.aged(); }

  __device__ bool ask_for_room(u32 view) {
    asked_ = true;
    const u32 band = kernel::band_of(view);
    const u32 tenant = for_all(first_tenant(view));
    if (room_.open(tenants_, band, tenant)) {
      closed_ &= ~(1u << band);
      return true;
    }
    closed_ |= 1u << band;
    refused_ = must_retry_ = held_back_ = true;
    tenants_.note_waiting(tenant);
    return false;
  }

  /// Claims what may run of the band's positions from `from` on, of the first `most`; gives the
  /// first that is left.
  __device__ u32 serve(u32 view, u32 from, u32 most, bool& moved) {
    const kernel::QueueView& queue = context_.queues[view];
    const u32 waiting = min(for_all(tail(view)) - from, most);
    const u32 end = from + (waiting < queue.capacity ? waiting : queue.capacity);
    __threadfence_block();
    u32 left = end;
    for (u32 p = from; p != end;) {
      const u32 next_group = (p / kWarp + 1) * kWarp;
      const u32 count = min(next_group - p, end - p);
      if (looks_after(share_, kernel::queue_of(view), p)) {
        const u32 stays = serve_group({view, p}, queue, count, moved);
        if (stays != kNone && left == end) left = p + stays;
        // The groups behind would be read for nothing.
        if (stays != kNone && refused_) break;
      }
      p += count;
    }
    held_back_ |= left != end;
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
    read_slots(queue, first.position, count, slots_);
    // A server that has not looked for long finds turns of later laps.
    const bool wanted = static_cast<std::int32_t>(claimed - (claim.position + 1)) < 0;
    wire::WorkSlot& slot = slots_[lane_];
    const bool published = wanted && finished == claim.position + 1 - queue.capacity &&
                           slot.status == static_cast<u32>(wire::SlotStatus::kPublished);
    const SlotTenant tenant = tenants_.look_up(slot.tenant);
    if (end_nops(claim, turn, slot, tenant, wanted, published)) {
      moved = true;
      return kNone;
    }
    const bool ready = published && tenants_.may_run(tenant);
    const u32 seat = tenants_.share() ? tenants_.find_seat(slot, ready) : kNoSeat;
    const bool room = !refused_ && (asked_ || ask_for_room(first.queue));
    if (!room && __any_sync(WarpTeam::kAll, seat != kNoSeat) == 0) {
      tenants_.note(kernel::band_of(first.queue), tenant, ready, false);
      note_first(slot.tenant, wanted);
      return first_of(__ballot_sync(WarpTeam::kAll, wanted));
    }
    End end{};
    const bool turn_came = ready && seat == kNoSeat && tenants_.has_turn(slot.tenant);
    const bool may =
        (room && room_.has_place(tenants_, slot, turn_came) && turn_came) || seat != kNoSeat;
    const bool done =
        may && tenants_.admit(tenant) && execute(claim, turn, slot, tenant, seat, end);
    if (seat != kNoSeat && (!done || end.here)) let_go(*device_.reserve, seat);
    if (end.here) end_here(shared_, claim, turn, slot, end.result);
    __syncwarp();
    count_group(first.queue, tenant, ready, done);
    note_first(slot.tenant, wanted && !done);
    // Else it waits for its tenant alone.
    const bool previous_leaves = wanted && finished != claim.position + 1 - queue.capacity;
    must_retry_ |= __any_sync(WarpTeam::kAll, previous_leaves || (ready && !done)) != 0;
    claimed_ |= __any_sync(WarpTeam::kAll, done) != 0;
    moved |= claimed_;
    return first_of(__ballot_sync(WarpTeam::kAll, wanted && !done));
  }

  /// Ends a group of which all that is wanted are NOPs of one tenant that needs no leave: the way
  /// of all others is long, and here it is what a slot's latency consists of. False, and nothing
  /// was done, where it is another group. A NOP leaves nothing that its status has to wait for but
  /// counters, which may come later (see Megakernel::metrics).
  __device__ bool end_nops(kernel::Claim claim, kernel::SlotTurn& turn, const wire::WorkSlot& slot,
                           SlotTenant tenant, bool wanted, bool published) {
    const bool nop = published && is_nop(slot);
    const u32 nops = __ballot_sync(WarpTeam::kAll, nop);
    if (tenants_.share() || nops == 0) return false;
    const int first = __ffs(static_cast<int>(nops)) - 1;
    const u32 owner = __shfl_sync(WarpTeam::kAll, tenant.number, first);
    const bool plain = nop && tenant.number == owner && tenant.is_plain();
    if (__any_sync(WarpTeam::kAll, wanted && !plain)) return false;
    if (nop) {
      wire::relaxed_store(&turn.claimed, claim.position + 1);
      wire::store_for_host(&slot_at(context_, claim).status,
                           static_cast<u32>(wire::SlotStatus::kDone));
      __threadfence_block();
      wire::relaxed_store(&turn.finished, claim.position + 1);
    }
    if (static_cast<int>(lane_) == first) {
      tenants_.count_nops(kernel::band_of(claim.queue), owner, static_cast<u32>(__popc(nops)));
    }
    __syncwarp();
    return true;
  }

  /// Whose slot is the first that stays, of the groups up to here.
  __device__ void note_first(u32 tenant, bool stays) {
    const u32 all = __ballot_sync(WarpTeam::kAll, stays);
    if (all == 0 || first_tenant_ != kNobody) return;
    first_tenant_ = __shfl_sync(WarpTeam::kAll, tenant, __ffs(static_cast<int>(all)) - 1);
  }

  /// What was claimed of a group, and whose slots wait for turn or room.
  __device__ void count_group(u32 view, SlotTenant tenant, bool ready, bool done) {
    const u32 all_done = __ballot_sync(WarpTeam::kAll, done);
    if (lane_ == 0 && all_done != 0) {
      atomicAdd(&shared_.tally.by_band[kernel::band_of(view)], static_cast<u32>(__popc(all_done)));
    }
    tenants_.note(kernel::band_of(view), tenant, ready, done);
  }

  /// Executes a slot that was admitted, or gives it to the workers; false, and it is as if it had
  /// not been admitted, where there is no room for that now.
  __device__ bool execute(kernel::Claim claim, kernel::SlotTurn& turn, wire::WorkSlot& slot,
                          SlotTenant tenant, u32 seat, End& end) {
    if (!tenant.is_registered()) {
      wire::relaxed_store(&turn.claimed, claim.position + 1);
      end = {true, kernel::slot_fault(wire::FaultCode::kUnknownTenant, slot.tenant)};
      return true;
    }
    if (is_fence(slot)) {
      execute_fence(claim, turn, slot, end);
      return true;
    }
    if (is_load_miss(slot.opcode)) {
      wire::relaxed_store(&turn.claimed, claim.position + 1);
      const kernel::SlotResult result = kernel::run_load_miss(context_, claim, slot, false);
      end = {result.fault_code != kernel::kParked, result};
      if (!end.here) kernel::await_io(context_, claim, slot);
      return true;
    }
    if (needs_worker(slot)) {
      const bool given = execute_by_workers(claim, turn, slot, seat, end);
      if (!given) tenants_.withdraw(tenant);
      return given;
    }
    wire::relaxed_store(&turn.claimed, claim.position + 1);
    if (slot.opcode == static_cast<u32>(wire::Opcode::kShutdown)) {
      shared_.shutdown_slot = static_cast<u32>(kernel::StopMode::kDrain);
    }
    end = {true, kernel::run_simple(context_, slot, claim.position)};
    return true;
  }

  __device__ void execute_fence(kernel::Claim claim, kernel::SlotTurn& turn,
                                const wire::WorkSlot& slot, End& end) {
    if (kernel::fence_holds(context_, claim, slot.arguments)) {
      mark_claimed(context_, claim, turn);
      park_fence(shared_, claim, slot.arguments);
      return;
    }
    wire::relaxed_store(&turn.claimed, claim.position + 1);
    end = {true, kernel::slot_fault(wire::FaultCode::kMalformedFence,
                                    slot.arguments[wire::fence_argument::kBands])};
  }

  __device__ bool execute_by_workers(kernel::Claim claim, kernel::SlotTurn& turn,
                                     const wire::WorkSlot& slot, u32 seat, End& end) {
    const u32 number = chunk_number(device_, context_.queues[claim.queue].capacity, claim);
    ChunkState& chunk = device_.chunks[number];
    if (!take_chunk(chunk)) return false;
    mark_claimed(context_, claim, turn);
    const kernel::SlotResult result = fill_chunk(device_, chunk, claim, slot);
    if (result.fault_code != 0) {
      wire::store_release_to_workers(&chunk.busy, 0);
      end = {true, result};
    } else {
      give_chunk(device_, shared_, number, seat);
    }
    return true;
  }

  const DeviceContext& device_;
  const kernel::Context& context_;
  DispatcherShared& shared_;
  wire::WorkSlot* slots_;
  Share share_;
  ServerTenants tenants_;
  JobRoom room_;
  /// Looks after the io queue, too.
  bool resumes_;
  u32 lane_;
  /// The queues that it serves.
  u32 queues_ = 0;
  /// The lane-th of its bands, and the lane-th of a pass that is turned round.
  u32 first_view_ = 0;
  u32 turned_view_ = 0;
  bool turned_ = false;
  /// In this pass something could not be claimed that soon can be.
  bool must_retry_ = false;
  /// In this pass slots were seen that stay where they are.
  bool held_back_ = false;
  /// Bit b: there was no room for the jobs of band b when it was last asked for.
  u32 closed_ = 0;
  /// Of the band that is served now: room was asked for, and there was none.
  bool asked_ = false;
  bool refused_ = false;
  /// Of the band that is served now: some slot was claimed.
  bool claimed_ = false;
  /// Of the band that is served now: whose slot stays there first.
  u32 first_tenant_ = kNobody;
};

}  // namespace vyre::backend::device

#endif
