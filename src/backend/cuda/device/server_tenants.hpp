#pragma once

#include "backend/cuda/device/device_words.hpp"
#include "backend/cuda/device/dispatcher_shared.hpp"
#include "backend/cuda/device/reserve.hpp"
#include "backend/cuda/device/slot_kinds.hpp"
#include "kernel/claim.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// The tenant that a slot names, and the mask by which the slot is looked at, claimed and counted:
/// it is read once, since it may change meanwhile. None of a number that no tenant can have.
struct SlotTenant {
  u32 number;
  u32 mask;

  __device__ bool is_known() const { return number < wire::kMaxTenants; }
  __device__ bool is_registered() const { return (mask & wire::tenant_mask::kRegistered) != 0; }
  /// Authorised and without quotas.
  __device__ bool is_plain() const {
    constexpr u32 kFlags = (1u << wire::tenant_mask::kChangesShift) - 1;
    return (mask & kFlags) == (wire::tenant_mask::kRegistered | wire::tenant_mask::kAuthorised);
  }
  __device__ bool has_slot_quota() const { return (mask & wire::tenant_mask::kSlotQuota) != 0; }
};

/// What a server knows of tenants: who may run, within which quota, and whose turn it is among all
/// servers' tenants. A lane asks about its slot's tenant; passes begin and end for the whole warp.
class ServerTenants {
 public:
  __device__ ServerTenants(DispatcherShared& shared, u32 server)
      : shared_(shared),
        ledger_(shared.context.ledger),
        server_(server),
        lane_(threadIdx.x % kWarp) {}

  __device__ void begin_pass() {
    shares_ = for_all(*const_cast<volatile u32*>(&shared_.tally.shares)) != 0;
    waiting_ = 0;
    awaiting_band_ = wire::kBands;
  }

  /// Several tenants are authorised.
  __device__ bool share() const { return shares_; }
  __device__ SlotTenant look_up(u32 tenant) const {
    const bool known = tenant < wire::kMaxTenants;
    return {tenant, known ? shared_.control[wire::control::kTenantMasks + tenant] : 0};
  }
  /// Where tenants share: has less under way, as far as is known, than the reserve has seats.
  __device__ bool has_little(u32 tenant) const {
    if (!shares_ || tenant >= wire::kMaxTenants) return false;
    const u32 claimed = wire::relaxed_load(ledger_.claimed + tenant);
    const u32 ended = wire::relaxed_load(ledger_.ended + tenant);
    return kernel::lead_of(claimed, ended) < static_cast<std::int32_t>(shared_.reserve_seats);
  }
  /// Whose slot is new (kNobody) shows once it has been read.
  __device__ bool may_have_seat(u32 tenant) const {
    return has_little(tenant) || (tenant == kNobody && shares_);
  }
  /// A seat in the reserve for the slot of one lane of each tenant that has little under way;
  /// kNoSeat for all others. The whole warp.
  __device__ u32 find_seat(const wire::WorkSlot& slot, bool ready) const {
    const bool may = ready && has_little(slot.tenant) && needs_worker(slot);
    const u32 peers = __match_any_sync(WarpTeam::kAll, may ? slot.tenant : kNobody);
    if (!may || lane_ != first_of(peers)) return kNoSeat;
    return hold_seat(*shared_.reserve, shared_.reserve_seats, slot.tenant);
  }
  /// Had less than its share: its turn was long since.
  __device__ bool is_due(u32 tenant) const {
    return tenant < wire::kMaxTenants &&
           kernel::is_before(kernel::turn_of(ledger_, tenant), wire::relaxed_load(ledger_.clock));
  }
  /// A slot of anybody could be claimed, as far as turns go.
  __device__ bool has_turn(u32 tenant) const {
    return !shares_ || tenant >= wire::kMaxTenants || kernel::has_turn(ledger_, tenant);
  }

  /// Slots of a more urgent band wait for their turns.
  __device__ bool awaits_turn_before(u32 band) const { return awaiting_band_ < band; }

  __device__ bool may_run(SlotTenant tenant) const {
    return !tenant.is_known() ||
           kernel::may_run(words_of(tenant), wire::relaxed_load(ledger_.claimed + tenant.number),
                           wire::relaxed_load(ledger_.fuel_used + tenant.number));
  }

  /// Counts a claim that is about to be made against the quota of slots, if there is one.
  __device__ bool admit(SlotTenant tenant) const {
    return !tenant.has_slot_quota() ||
           kernel::count_claim(ledger_, words_of(tenant), tenant.number);
  }
  /// The claim that was admitted is not made.
  __device__ void withdraw(SlotTenant tenant) const {
    if (tenant.has_slot_quota()) wire::relaxed_add(ledger_.claimed + tenant.number, 0u - 1);
  }

  /// Of each lane's slot: whether it could have been claimed, and whether it was, which is counted
  /// here where there is no quota of slots; the whole warp.
  __device__ void note(u32 band, SlotTenant tenant, bool ready, bool done) {
    count(tenant, done && tenant.is_known());
    if (!shares_) return;
    const bool waits = ready && !done && tenant.is_known();
    waiting_ |= __reduce_or_sync(WarpTeam::kAll, waits ? 1u << tenant.number : 0u);
    const bool awaits_turn = waits && !has_turn(tenant.number);
    if (__any_sync(WarpTeam::kAll, awaits_turn) != 0) awaiting_band_ = min(awaiting_band_, band);
  }

  /// Says whose slots wait here, and moves the clock on where nobody's turn has come, at any
  /// server; true where it did.
  __device__ bool end_pass() {
    if (!shares_) return false;
    volatile u32* waiting = shared_.tally.waiting;
    if (lane_ == 0) waiting[server_] = waiting_;
    __syncwarp();
    if (waiting_ == 0) return false;
    const u32 all = __reduce_or_sync(WarpTeam::kAll, lane_ < kServers ? waiting[lane_] : 0u);
    const u32 clock = for_all(wire::relaxed_load(ledger_.clock));
    const bool waits = lane_ < wire::kMaxTenants && (all >> lane_ & 1) != 0;
    constexpr std::int32_t kFar = 0x7FFFFFFF;
    const std::int32_t ahead =
        waits ? static_cast<std::int32_t>(kernel::turn_of(ledger_, lane_) - clock) : kFar;
    const std::int32_t least = __reduce_min_sync(WarpTeam::kAll, ahead);
    if (least <= 0 || least == kFar) return false;
    if (lane_ == 0) kernel::move_clock(ledger_, clock + static_cast<u32>(least));
    __syncwarp();
    return true;
  }

  /// Slots of this tenant wait, though none was looked at.
  __device__ void note_waiting(u32 tenant) {
    if (tenant < wire::kMaxTenants) waiting_ |= 1u << tenant;
  }

  /// Counts NOPs of a tenant without quotas that have been claimed and have ended; one lane.
  __device__ void count_nops(u32 band, u32 tenant, u32 count) {
    u32* const words = shared_.context.worker_control;
    wire::relaxed_add(words + wire::control::kMetrics + static_cast<u32>(wire::Opcode::kNop),
                      count);
    wire::relaxed_add(words + wire::control::kDoneCount, count);
    wire::relaxed_add(&shared_.tally.by_band[band], count);
    wire::relaxed_add(ledger_.claimed + tenant, count);
    wire::relaxed_add(&shared_.tally.finished[tenant], count);
  }

  /// The server serves no more.
  __device__ void leave() {
    volatile u32* waiting = shared_.tally.waiting;
    if (lane_ == 0) waiting[server_] = 0;
    __syncwarp();
  }

 private:
  /// One lane for all of the same tenant.
  __device__ void count(SlotTenant tenant, bool done) {
    const u32 peers = __match_any_sync(WarpTeam::kAll, done ? tenant.number : kNobody);
    const u32 uncounted = __ballot_sync(WarpTeam::kAll, done && !tenant.has_slot_quota()) & peers;
    if (!done || lane_ != first_of(peers)) return;
    if (uncounted != 0) {
      wire::relaxed_add(ledger_.claimed + tenant.number, static_cast<u32>(__popc(uncounted)));
    }
    if (shares_) kernel::take_turn(ledger_, tenant.number, static_cast<u32>(__popc(peers)));
  }

  __device__ kernel::TenantWords words_of(SlotTenant tenant) const {
    return {tenant.mask, shared_.tally.slot_quotas[tenant.number],
            shared_.tally.fuel_quotas[tenant.number]};
  }

  DispatcherShared& shared_;
  const kernel::ClaimLedger& ledger_;
  u32 server_;
  u32 lane_;
  bool shares_ = false;
  /// The most urgent band of which slots waited for their turns in this pass; kBands: none.
  u32 awaiting_band_ = wire::kBands;
  /// Bit t: tenant t, as in Tally.
  u32 waiting_ = 0;
};

}  // namespace vyre::backend::device

#endif
