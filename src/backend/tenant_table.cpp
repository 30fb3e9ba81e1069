#include "backend/tenant_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "backend/worker_words.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

namespace control = wire::control;
constexpr u32 kMostQuota = 1u << 30;

/// The next period's end where `used` of `granted` is used and `quota` comes to it: what is left of
/// the last is gone, what was used beyond it is made up for.
u32 next_grant(u32 granted, u32 used, u32 quota) {
  const bool overdrawn = static_cast<std::int32_t>(used - granted) > 0;
  return (overdrawn ? granted : used) + quota;
}

bool is_over(u32 status) {
  return status == static_cast<u32>(wire::SlotStatus::kEmpty) ||
         status == static_cast<u32>(wire::SlotStatus::kDone) ||
         status == static_cast<u32>(wire::SlotStatus::kFault);
}

TenantMetrics count(const wire::ControlBlock& counters, u32 tenant) {
  const u32* const words = counters.words;
  return {.claimed = words[control::kFairness + tenant],
          .finished = words[control::kTenantDone + tenant],
          .faults = words[control::kTenantFaults + tenant],
          .fuel = words[control::kFuelUsed + tenant],
          .epoch = words[control::kTenantEpochs + tenant]};
}

}  // namespace

TenantTable::TenantTable(wire::ControlBlock& host, const kernel::Context& workers,
                         std::span<const kernel::QueueView> views, ProgramStore& programs,
                         Backend& backend)
    : host_(host), workers_(workers), views_(views), programs_(programs), backend_(backend) {}

Status TenantTable::check(u32 tenant) const {
  if (tenant < wire::kMaxTenants && tenants_[tenant].registered) return {};
  return tl::unexpected(invalid_argument(fmt::format("tenant {} is not registered", tenant),
                                         "use a number that register_tenant() gave"));
}

// Of slots that are over, the host's memory says so: nobody works on them any more.
bool TenantTable::has_slots(u32 tenant) const {
  return std::any_of(views_.begin(), views_.end(), [tenant](const kernel::QueueView& view) {
    return std::any_of(view.slots, view.slots + view.capacity, [tenant](const auto& slot) {
      return !is_over(wire::load_acquire(&slot.status)) &&
             wire::load_acquire(&slot.tenant) == tenant;
    });
  });
}

Result<u32> TenantTable::add(const TenantQuota& quota) {
  if (quota.slots > kMostQuota || quota.fuel > kMostQuota) {
    return tl::unexpected(invalid_argument(
        fmt::format("a quota of {} slots and {} units of fuel a period", quota.slots, quota.fuel),
        "use at most 2^30 of each, or 0 for no limit"));
  }
  const std::lock_guard lock(mutex_);
  u32 number = 0;
  while (number < wire::kMaxTenants && (tenants_[number].registered || has_slots(number))) {
    ++number;
  }
  if (number == wire::kMaxTenants) {
    return tl::unexpected(unavailable(
        fmt::format("all {} tenants are registered, or have slots that are not over", number),
        "revoke one and take its slots back, or use another megakernel"));
  }
  // Nobody runs its programs or touches its window any more.
  programs_.forget(number);
  if (tenants_[number].changes != 0) {
    if (Status status = clear_window(number); !status) return tl::unexpected(status.error());
  }
  const auto counters = read_counters();
  if (!counters) return tl::unexpected(counters.error());
  const TenantMetrics before = count(*counters, number);
  Tenant& tenant = tenants_[number];
  tenant = {.registered = true, .quota = quota, .changes = tenant.changes, .before = before};
  tenant.slots_granted = before.claimed;
  tenant.fuel_granted = before.fuel;
  grant(number, before.claimed, before.fuel);
  show(number);
  backend_.settle_control();
  return number;
}

Status TenantTable::clear_window(u32 tenant) {
  const std::vector<u32> zeros(workers_.window_words);
  u32* const window = workers_.windows + std::size_t{tenant} * workers_.window_words;
  return backend_.write(reinterpret_cast<std::byte*>(window), std::as_bytes(std::span(zeros)));
}

Status TenantTable::set_authorised(u32 tenant, bool authorised) {
  const std::lock_guard lock(mutex_);
  if (Status status = check(tenant); !status) return status;
  tenants_[tenant].authorised = authorised;
  show(tenant);
  backend_.settle_control();
  backend_.ring_all();
  return {};
}

Status TenantTable::authorise(u32 tenant) { return set_authorised(tenant, true); }

Status TenantTable::hold(u32 tenant) { return set_authorised(tenant, false); }

Status TenantTable::revoke(u32 tenant) {
  const std::lock_guard lock(mutex_);
  if (Status status = check(tenant); !status) return status;
  tenants_[tenant].registered = false;
  tenants_[tenant].authorised = false;
  show(tenant);
  backend_.settle_control();
  backend_.ring_all();
  return programs_.unload(tenant);
}

void TenantTable::grant(u32 number, u32 claimed, u32 fuel_used) {
  Tenant& tenant = tenants_[number];
  tenant.slots_granted = next_grant(tenant.slots_granted, claimed, tenant.quota.slots);
  tenant.fuel_granted = next_grant(tenant.fuel_granted, fuel_used, tenant.quota.fuel);
  ++tenant.changes;
}

// The quotas before the mask: who sees the mask's change sees them.
void TenantTable::show(u32 number) {
  const Tenant& tenant = tenants_[number];
  u32* const words = host_.words;
  wire::store_release(words + control::kQuotas + number, tenant.slots_granted);
  wire::store_release(words + control::kFuelQuotas + number, tenant.fuel_granted);
  u32 mask = 0;
  if (tenant.registered) {
    mask = wire::tenant_mask::kRegistered | tenant.changes << wire::tenant_mask::kChangesShift;
    if (tenant.authorised) mask |= wire::tenant_mask::kAuthorised;
    if (tenant.quota.slots != 0) mask |= wire::tenant_mask::kSlotQuota;
    if (tenant.quota.fuel != 0) mask |= wire::tenant_mask::kFuelQuota;
  }
  wire::store_release(words + control::kTenantMasks + number, mask);
  const auto authorised = std::count_if(tenants_.begin(), tenants_.end(),
                                        [](const Tenant& each) { return each.authorised; });
  wire::store_release(words + control::kAuthorisedTenants, static_cast<u32>(authorised));
}

Result<wire::ControlBlock> TenantTable::read_counters() const {
  return read_value(backend_, reinterpret_cast<const wire::ControlBlock*>(workers_.worker_control));
}

Result<TenantMetrics> TenantTable::metrics(u32 tenant) const {
  const std::lock_guard lock(mutex_);
  if (Status status = check(tenant); !status) return tl::unexpected(status.error());
  const auto counters = read_counters();
  if (!counters) return tl::unexpected(counters.error());
  const TenantMetrics now = count(*counters, tenant);
  const TenantMetrics& before = tenants_[tenant].before;
  return TenantMetrics{.claimed = now.claimed - before.claimed,
                       .finished = now.finished - before.finished,
                       .faults = now.faults - before.faults,
                       .fuel = now.fuel - before.fuel,
                       .epoch = now.epoch - before.epoch};
}

Status TenantTable::begin_period() {
  const std::lock_guard lock(mutex_);
  const auto counters = read_counters();
  if (!counters) return tl::unexpected(counters.error());
  for (u32 number = 0; number < wire::kMaxTenants; ++number) {
    const Tenant& tenant = tenants_[number];
    if (!tenant.registered || (tenant.quota.slots == 0 && tenant.quota.fuel == 0)) continue;
    const TenantMetrics used = count(*counters, number);
    grant(number, used.claimed, used.fuel);
    show(number);
  }
  backend_.ring_all();
  return {};
}

}  // namespace vyre::backend
