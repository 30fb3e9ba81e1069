#pragma once

#include <string>
#include <vector>

#include "ingest/slot.hpp"
#include "tests/simulation/builtin_producer.hpp"
#include "tests/simulation/load_plan.hpp"
#include "tests/simulation/programs.hpp"
#include "tests/simulation/simulated_backend.hpp"
#include "tests/simulation/simulated_ring.hpp"
#include "tests/simulation/tenant_churn.hpp"
#include "vyre/io_policy.hpp"

namespace vyre::simulation {

/// One ring, its loop, and what is streamed through it.
struct LoopPlan {
  ProgramKind program = ProgramKind::kHalt;
  ingest::Placement placement = ingest::Placement::kPacked;
  IoPolicy io_policy = IoPolicy::kBuffered;
  u32 slots = 2;
  u32 slot_bytes = 0;
  u32 max_extents = 1024;
  u32 record_capacity = 1;
  u32 jobs = 1;
  /// Files that change their size while a job runs.
  u32 resizes = 0;
  /// From the job's start; 0: never.
  Time cancelled_after = 0;
  /// Of each chunk at the workers; 0: none.
  Time deadline = 0;
  RingPlan ring;
  FilePlan files;
};

/// All that a seed decides before the first step.
struct WorldPlan {
  WorkerPlan workers;
  /// Of 1000 atomic accesses that end a turn.
  u32 preemption = 0;
  u32 queue_capacity = 2;
  std::vector<LoopPlan> loops;
  std::vector<ProducerPlan> producers;
  /// Times that the workers are stopped and launched again, and that a tenant is held back.
  u32 stops = 0;
  u32 masks = 0;
  ChurnPlan churn;
  LoadPlan loads;
};

WorldPlan plan_world(Chance& chance);
std::string describe(const WorldPlan& plan);

}  // namespace vyre::simulation
