#pragma once

#include "backend/cuda/device/server_tenants.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// How many jobs a server may give to the workers now, of which band and to whom. Only so many wait
/// for workers as keep them busy: what waits does so in its queue, where it can be overtaken. All
/// functions are called by the whole warp. The server's tenants are passed with each call: a
/// reference kept here, into the object that holds this one, would keep all of it out of registers.
class JobRoom {
 public:
  __device__ JobRoom(const DeviceContext& device, DispatcherShared& shared)
      : device_(device), shared_(shared), lane_(threadIdx.x % kWarp) {}

  /// False where the band's slots are left in their queue in this pass: without room, and where
  /// more urgent slots wait for turns that their tenants' less urgent ones could take. A band that
  /// has waited for many passes (`aged`) is looked at all the same, since not all slots are jobs;
  /// when many jobs have been given meanwhile, some of its are too. `first_tenant`: whose slot
  /// stayed there first.
  __device__ bool open(const ServerTenants& tenants, u32 band, u32 first_tenant) {
    const u32 shift = kBitsPerBand * band;
    const u32 given = for_all(*const_cast<volatile u32*>(&shared_.next_job));
    const std::int32_t left = room_left(tenants, band, given);
    const bool full = left <= 0 && !may_exceed(tenants, band, left, first_tenant);
    const bool none = full || tenants.awaits_turn_before(band);
    aged_ = none && (passed_over_ >> shift & kBandBits) >= kernel::patience_of(band);
    const bool entitled = none && note_refusal(band, given);
    if (none && !aged_) {
      passed_over_ += u64{1} << shift;
      return false;
    }
    passed_over_ &= ~(u64{kBandBits} << shift);
    due_only_ = !none && left <= 0;
    if (none && entitled) {
      left_ = kWarp;
    } else if (full) {
      left_ = 0;
    } else {
      // All servers see the same room at once. Where it is turns that are awaited, who has his must
      // get on, or the clock stands still for those who have not.
      const u32 own_part = static_cast<u32>(max(left, 0)) / kServers;
      left_ = tenants.share() ? max(own_part, 1u) : kAnyNumber;
    }
    if (!none || entitled) waiting_ &= ~(1u << band);
    return true;
  }
  /// The band that is open is so since it has waited long.
  __device__ bool aged() const { return aged_; }

  /// Whether each lane's slot, whose turn has come, may be given to the workers where it must be.
  __device__ bool has_place(const ServerTenants& tenants, const wire::WorkSlot& slot, bool turn) {
    if (left_ == kAnyNumber) return true;
    const bool needs = turn && needs_worker(slot);
    const bool wanted = needs && !(due_only_ && !tenants.is_due(slot.tenant));
    const u32 all = __ballot_sync(WarpTeam::kAll, wanted);
    const u32 before = static_cast<u32>(__popc(all & ((1u << lane_) - 1)));
    const bool place = !needs || (wanted && before < left_);
    left_ -= min(left_, static_cast<u32>(__popc(all)));
    return place;
  }

 private:
  static constexpr u32 kAnyNumber = 0xFFFFFFFF;
  static constexpr u32 kBitsPerBand = 12;
  static constexpr u32 kBandBits = (1u << kBitsPerBand) - 1;
  static_assert(kernel::patience_of(wire::kBands - 1) < kBandBits &&
                wire::kBands * kBitsPerBand <= 64);
  /// By how much the room is less where tenants share, since whoever is served next waits for all
  /// jobs before his. In the band of normal slots that is an eighth of a job for each worker.
  static constexpr u32 kSharedRoom = 24;

  /// Jobs that may wait for workers before this band's slots are left in their queue; in parts.
  __device__ std::int32_t room_for(const ServerTenants& tenants, u32 band) const {
    const u32 jobs = (wire::kBands - band) * device_.workers;
    return static_cast<std::int32_t>(tenants.share() ? jobs / kSharedRoom : jobs);
  }

  /// Tickets run ahead of jobs where workers wait.
  __device__ std::int32_t room_left(const ServerTenants& tenants, u32 band, u32 given) const {
    const u32 taken = *const_cast<volatile u32*>(&shared_.tally.tickets);
    return room_for(tenants, band) - kernel::lead_of(given, for_all(taken));
  }

  /// The band has no room. True where so many jobs have been given since that began that it may
  /// give a group: one for as many of others as a worker of a processor would claim in a row.
  __device__ bool note_refusal(u32 band, u32 given) {
    if ((waiting_ >> band & 1) == 0) {
      waiting_ |= 1u << band;
      if (lane_ == band) refused_at_ = given;
    }
    const u32 since = __shfl_sync(WarpTeam::kAll, refused_at_, static_cast<int>(band));
    return given - since >= kernel::patience_of(band) * kWarp;
  }

  /// Without room: one who had less than his share may have as much again. Who that is shows only
  /// once the slot has been read, so that what is new is looked at.
  __device__ bool may_exceed(const ServerTenants& tenants, u32 band, std::int32_t left,
                             u32 first_tenant) const {
    if (!tenants.share() || left <= -room_for(tenants, band)) return false;
    return first_tenant == kNobody || for_all(tenants.is_due(first_tenant) ? 1 : 0) != 0;
  }

  const DeviceContext& device_;
  DispatcherShared& shared_;
  u32 lane_;
  /// By band, kBitsPerBand each: passes in which there was no room for it.
  u64 passed_over_ = 0;
  /// Bit b: there has been no room for band b since lane b's `refused_at_` jobs were given.
  u32 waiting_ = 0;
  u32 refused_at_ = 0;
  // Of the band that is open.
  bool aged_ = false;
  /// Only tenants who had less than their share get places.
  bool due_only_ = false;
  u32 left_ = kAnyNumber;
};

}  // namespace vyre::backend::device

#endif
