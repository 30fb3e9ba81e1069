#pragma once

#include "tests/simulation/load_ring.hpp"

namespace vyre::simulation {

struct LoadPlan {
  /// Its queue and its tenant.
  u32 queue = 0;
  /// 0: none.
  u32 slots = 0;
  u32 outcomes = 1;
  /// Times that all loads are cancelled.
  u32 cancels = 0;
  LoadRingPlan ring;
};

}  // namespace vyre::simulation
