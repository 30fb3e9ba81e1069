#pragma once

#include "backend/cuda/device/device_words.hpp"
#include "backend/cuda/device/dispatcher_shared.hpp"
#include "kernel/claim.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

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
  /// Authorised and without quotas.
  __device__ bool is_plain(u32 tenant) const {
    constexpr u32 kPlain = wire::tenant_mask::kRegistered | wire::tenant_mask::kAuthorised;
    return tenant < wire::kMaxTenants && mask_of(tenant) == kPlain;
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

  __device__ bool is_registered(u32 tenant) const {
    return tenant < wire::kMaxTenants && (mask_of(tenant) & wire::tenant_mask::kRegistered) != 0;
  }

  __device__ bool may_run(u32 tenant) const {
    return tenant >= wire::kMaxTenants ||
           kernel::may_run(words_of(tenant), wire::relaxed_load(ledger_.claimed + tenant),
                           wire::relaxed_load(ledger_.fuel_used + tenant));
  }

  /// Counts a claim that is about to be made against the quota of slots, if there is one.
  __device__ bool admit(u32 tenant) const {
    return !has_slot_quota(tenant) || kernel::count_claim(ledger_, words_of(tenant), tenant);
  }
  /// The claim that was admitted is not made.
  __device__ void withdraw(u32 tenant) const {
    if (has_slot_quota(tenant)) wire::relaxed_add(ledger_.claimed + tenant, 0u - 1);
  }

  /// Of each lane's slot: whether it could have been claimed, and whether it was, which is counted
  /// here where there is no quota of slots; the whole warp.
  __device__ void note(u32 band, u32 tenant, bool ready, bool done) {
    const bool known = tenant < wire::kMaxTenants;
    count(tenant, done && known);
    if (!shares_) return;
    const bool waits = ready && !done && known;
    waiting_ |= __reduce_or_sync(WarpTeam::kAll, waits ? 1u << tenant : 0u);
    const bool awaits_turn = waits && !kernel::has_turn(ledger_, tenant);
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
    if (lane_ == 0) wire::relaxed_store(ledger_.clock, clock + static_cast<u32>(least));
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
  __device__ bool has_slot_quota(u32 tenant) const {
    return tenant < wire::kMaxTenants && (mask_of(tenant) & wire::tenant_mask::kSlotQuota) != 0;
  }

  /// One lane for all of the same tenant.
  __device__ void count(u32 tenant, bool done) {
    const u32 peers = __match_any_sync(WarpTeam::kAll, done ? tenant : kNobody);
    if (!done || lane_ != static_cast<u32>(__ffs(static_cast<int>(peers))) - 1) return;
    const u32 slots = static_cast<u32>(__popc(peers));
    if (!has_slot_quota(tenant)) wire::relaxed_add(ledger_.claimed + tenant, slots);
    if (shares_) kernel::take_turn(ledger_, tenant, slots);
  }

  __device__ u32 mask_of(u32 tenant) const {
    return shared_.sightings[0].control[wire::control::kTenantMasks + tenant];
  }

  __device__ kernel::TenantWords words_of(u32 tenant) const {
    return {mask_of(tenant), shared_.tally.slot_quotas[tenant], shared_.tally.fuel_quotas[tenant]};
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
