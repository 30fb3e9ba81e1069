#pragma once

#include <vector>

#include "backend/megakernel.hpp"
#include "tests/simulation/coverage.hpp"
#include "tests/simulation/turnstile.hpp"

namespace vyre::simulation {

struct ChurnPlan {
  /// The queue that it publishes on; nobody else does.
  u32 queue = 0;
  /// Tenants that come and go, one after the other; 0: none.
  u32 tenants = 0;
};

/// Tenants that are registered, authorised, held and revoked in the middle of their work. Until one
/// is revoked all its slots are done, as its quota lets them; after that they end in FAULT; and its
/// window counts those that were done, no others'.
class TenantChurn {
 public:
  /// `tenants`: before each call about tenants, whoever makes it.
  TenantChurn(const ChurnPlan& plan, backend::Megakernel& kernel, Turnstile& tenants,
              Scheduler& scheduler, Chance& chance, Coverage& coverage);

  /// A task's body.
  void run();

 private:
  void live();
  void publish(u32 tenant, u32 slots);
  void take_back_some();
  void take_back(u32 position);
  void check_window(u32 tenant) const;

  ChurnPlan plan_;
  backend::Megakernel& kernel_;
  backend::WorkQueue& queue_;
  Turnstile& tenants_;
  Scheduler& scheduler_;
  Chance& chance_;
  Coverage& coverage_;
  std::vector<u32> pending_;
  bool revoked_ = false;
  u32 done_ = 0;
};

}  // namespace vyre::simulation
