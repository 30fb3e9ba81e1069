#pragma once

#include <array>
#include <mutex>
#include <span>

#include "backend/backend.hpp"
#include "backend/program_store.hpp"
#include "kernel/context.hpp"
#include "vyre/error.hpp"
#include "wire/control.hpp"

namespace vyre::backend {

/// What a tenant may use in each period; 0: without limit.
struct TenantQuota {
  /// Slots that are claimed; at most 2^30.
  std::uint32_t slots = 0;
  /// Fuel that its programs use, in units of wire::kFuelUnit, each slot's rounded up; at most 2^30.
  /// Slots under way may use more than what is left; the next periods are shorter by that.
  std::uint32_t fuel = 0;
};

/// A tenant's counters since creation of the megakernel, or since its number was another's;
/// monotone modulo 2^32.
struct TenantMetrics {
  std::uint32_t claimed = 0;
  /// DONE or FAULT.
  std::uint32_t finished = 0;
  std::uint32_t faults = 0;
  /// In units of wire::kFuelUnit.
  std::uint32_t fuel = 0;
  /// Fences that have completed.
  std::uint32_t epoch = 0;
};

/// Who may use the megakernel, and how much. Writes the masks and quotas that claimers obey.
/// Thread-safe.
class TenantTable {
 public:
  /// `views`: all queues' bands, as the host sees them. `windows`: all tenants', in workers'
  /// memory. These, the blocks and the store outlive the table.
  TenantTable(wire::ControlBlock& host, const kernel::Context& workers,
              std::span<const kernel::QueueView> views, ProgramStore& programs, Backend& backend);

  /// A new tenant, held back, with a window of zeros. Errors: InvalidArgument for a quota out of
  /// range, Unavailable where there are kMaxTenants, or slots of those revoked are not all over.
  Result<u32> add(const TenantQuota& quota);
  /// Errors of all three: InvalidArgument for one that is not registered.
  Status authorise(u32 tenant);
  Status hold(u32 tenant);
  Status revoke(u32 tenant);
  /// Errors: the same, DeviceFault.
  [[nodiscard]] Result<TenantMetrics> metrics(u32 tenant) const;
  /// Gives each tenant its quota once more; what it left of the last is gone.
  Status begin_period();

 private:
  struct Tenant {
    bool registered = false;
    bool authorised = false;
    TenantQuota quota;
    u32 slots_granted = 0;
    u32 fuel_granted = 0;
    u32 changes = 0;
    /// Counters when the tenant was added.
    TenantMetrics before;
  };

  [[nodiscard]] Status check(u32 tenant) const;
  [[nodiscard]] bool has_slots(u32 tenant) const;
  /// The workers' counters, of all tenants in one copy.
  [[nodiscard]] Result<wire::ControlBlock> read_counters() const;
  Status clear_window(u32 tenant);
  void grant(u32 tenant, u32 claimed, u32 fuel_used);
  void show(u32 tenant);
  Status set_authorised(u32 tenant, bool authorised);

  wire::ControlBlock& host_;
  const kernel::Context& workers_;
  std::span<const kernel::QueueView> views_;
  ProgramStore& programs_;
  Backend& backend_;
  mutable std::mutex mutex_;
  std::array<Tenant, wire::kMaxTenants> tenants_{};
};

}  // namespace vyre::backend
