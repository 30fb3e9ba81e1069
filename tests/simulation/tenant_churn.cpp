#include "tests/simulation/tenant_churn.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "tests/simulation/violation.hpp"
#include "wire/fault.hpp"

namespace vyre::simulation {

TenantChurn::TenantChurn(const ChurnPlan& plan, backend::Megakernel& kernel, Turnstile& tenants,
                         Scheduler& scheduler, Chance& chance, Coverage& coverage)
    : plan_(plan),
      kernel_(kernel),
      queue_(kernel.queue(plan.queue)),
      tenants_(tenants),
      scheduler_(scheduler),
      chance_(chance),
      coverage_(coverage) {}

void TenantChurn::run() {
  for (u32 i = 0; i < plan_.tenants; ++i) live();
}

void TenantChurn::live() {
  revoked_ = false;
  done_ = 0;
  const backend::TenantQuota quota{.slots = chance_.percent(50) ? chance_.between(1, 6) : 0};
  const auto tenant = tenants_([&] { return kernel_.register_tenant(quota); });
  VYRE_CHECK(tenant.has_value());
  check_window(*tenant);
  if (chance_.percent(70))
    VYRE_CHECK(tenants_([&] { return kernel_.authorise(*tenant); }).has_value());
  for (u32 turns = chance_.between(1, 12); turns != 0; --turns) {
    publish(*tenant, chance_.between(0, 5));
    take_back_some();
    scheduler_.sleep_for(chance_.between(1, 200) * kMicrosecond);
    if (chance_.percent(20))
      VYRE_CHECK(tenants_([&] { return kernel_.hold(*tenant); }).has_value());
    if (chance_.percent(50))
      VYRE_CHECK(tenants_([&] { return kernel_.authorise(*tenant); }).has_value());
    if (chance_.percent(30))
      VYRE_CHECK(tenants_([&] { return kernel_.begin_period(); }).has_value());
  }
  VYRE_CHECK(tenants_([&] { return kernel_.revoke(*tenant); }).has_value());
  revoked_ = true;
  ++coverage_.revoked_tenants;
  while (!pending_.empty()) {
    take_back_some();
    scheduler_.sleep_for(20 * kMicrosecond);
  }
  if (tenants_([&] { return kernel_.authorise(*tenant); }))
    violate("tenants-end", "a revoked tenant was authorised");
  // Its window is its own until the number is another's.
  check_window(*tenant);
}

void TenantChurn::publish(u32 tenant, u32 slots) {
  for (; slots != 0; --slots) {
    backend::WorkItem item;
    item.opcode = static_cast<u32>(wire::Opcode::kAtomicAdd);
    item.tenant = tenant;
    item.priority = static_cast<wire::Priority>(chance_.below(wire::kBands));
    item.arguments = {0, 1};
    if (queue_.full(item.priority)) return;
    const auto position = queue_.publish(item);
    VYRE_CHECK(position.has_value());
    pending_.push_back(*position);
  }
}

void TenantChurn::take_back_some() {
  std::vector<u32> left;
  for (const u32 position : pending_) {
    if (queue_.finished(position)) {
      take_back(position);
    } else {
      left.push_back(position);
    }
  }
  pending_ = left;
}

void TenantChurn::take_back(u32 position) {
  const wire::WorkSlot& slot = queue_.slot(position);
  if (queue_.status(position) == wire::SlotStatus::kDone) {
    ++done_;
  } else if (!revoked_ || slot.arguments[wire::kFaultCodeArgument] !=
                              static_cast<u32>(wire::FaultCode::kUnknownTenant)) {
    violate("tenants-end", fmt::format("position {}: fault {} of a tenant that is {}", position,
                                       slot.arguments[wire::kFaultCodeArgument],
                                       revoked_ ? "revoked" : "registered"));
  } else {
    ++coverage_.slots_of_revoked_tenants;
  }
  queue_.release(position);
}

void TenantChurn::check_window(u32 tenant) const {
  u32 word = 0;
  const Status read = kernel_.read_window(tenant, 0, {&word, 1});
  if (!read || word != done_) {
    violate("tenants-apart",
            fmt::format("tenant {}: {} slots done, the window says {}", tenant, done_, word));
  }
}

}  // namespace vyre::simulation
