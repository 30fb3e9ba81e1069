#include "tests/simulation/world_plan.hpp"

#include <fmt/format.h>

#include "ingest/chunk_plan.hpp"

namespace vyre::simulation {
namespace {

constexpr u64 kHugeBytes = (u64{32} << 20) + 5;

RingPlan plan_ring(Chance& chance) {
  RingPlan plan;
  plan.entries = chance.one_of({2u, 4u, 8u, 32u});
  plan.completions = plan.entries * chance.one_of({1u, 2u, 4u});
  plan.file_slots = chance.between(2, 24);
  plan.no_wait_supported = !chance.percent(15);
  plan.uncached = chance.one_of({0u, 100u, 600u});
  plan.slow = chance.one_of({0u, 20u, 200u});
  plan.partial_reaps = chance.one_of({0u, 500u});
  plan.busy = chance.one_of({0u, 0u, 300u});
  if (chance.percent(60)) plan.short_reads = chance.one_of({50u, 300u, 700u});
  if (chance.percent(40)) plan.transient = chance.one_of({50u, 300u});
  if (chance.percent(20)) plan.endless_transient = 50;
  if (chance.percent(40)) plan.hard_failures = chance.one_of({20u, 150u});
  if (chance.percent(5)) plan.lost = 30;
  if (chance.percent(4)) {
    plan.fails_at = chance.between(2, 200);
    plan.fails_for_ever = chance.percent(40);
  }
  plan.direct_refused = chance.percent(40);
  return plan;
}

void choose_program(LoopPlan& plan, Chance& chance) {
  using ingest::Placement;
  plan.program = static_cast<ProgramKind>(chance.below(kProgramKinds));
  const bool numbered = needs_separate_files(plan.program);
  plan.slot_bytes = chance.one_of({16u, 20u, 32u, 64u}) * 1024;
  if (numbered || chance.percent(20)) {
    plan.slot_bytes = chance.one_of({ingest::kTileSlotBytes, 100u * 1024, 144u * 1024});
  }
  plan.placement = chance.percent(60) ? Placement::kPacked : Placement::kSeparate;
  if (numbered) plan.placement = Placement::kSeparate;
  if (plan.program == ProgramKind::kSerial || chance.percent(10)) {
    plan.placement = Placement::kInOrder;
  }
}

LoopPlan plan_loop(Chance& chance) {
  LoopPlan plan;
  choose_program(plan, chance);
  plan.slots = chance.between(2, 5);
  plan.max_extents = chance.one_of({1u, 3u, 1024u});
  plan.record_capacity = chance.one_of({1u, 64u, 100'000u});
  plan.jobs = chance.percent(25) ? 2 : 1;
  plan.ring = plan_ring(chance);
  plan.files = {.slot_bytes = plan.slot_bytes,
                .files = chance.between(1, 24),
                .large = chance.one_of({0u, 20u, 60u}),
                .odd = chance.one_of({0u, 20u})};
  if (chance.percent(30)) plan.resizes = chance.between(1, 8);
  if (chance.percent(15)) plan.cancelled_after = chance.between(1, 4000) * kMicrosecond;
  // What a chunk that was given up leaves in the window, nobody can know.
  if (chance.percent(10) && plan.program != ProgramKind::kSerial) {
    plan.deadline = chance.between(1, 3000) * kMicrosecond;
  }
  if (chance.percent(6)) {
    plan.io_policy = chance.percent(50) ? IoPolicy::kDirect : IoPolicy::kAuto;
    if (plan.io_policy == IoPolicy::kAuto) {
      plan.files.huge_bytes = kHugeBytes;
      plan.files.files = chance.between(1, 4);
      plan.files.large = 50;
    }
  }
  return plan;
}

LoadPlan plan_loads(Chance& chance, u32 queue) {
  LoadPlan plan{.queue = queue,
                .slots = chance.between(5, 120),
                .outcomes = chance.one_of({1u, 3u, 100u}),
                .cancels = chance.percent(40) ? chance.between(1, 3) : 0,
                .ring = {}};
  plan.ring.entries = chance.one_of({1u, 4u, 64u});
  plan.ring.short_reads = chance.one_of({0u, 200u, 700u});
  plan.ring.transient = chance.one_of({0u, 100u});
  plan.ring.failures = chance.one_of({0u, 100u});
  plan.ring.slow = chance.one_of({0u, 0u, 30u});
  return plan;
}

}  // namespace

WorldPlan plan_world(Chance& chance) {
  WorldPlan plan;
  plan.preemption = chance.one_of({0u, 5u, 30u, 150u});
  plan.queue_capacity = chance.one_of({2u, 4u, 8u});
  plan.workers.workers = chance.between(1, 4);
  plan.workers.slow = chance.one_of({0u, 5u, 50u});
  plan.workers.stuck = chance.one_of({0u, 0u, 10u});
  if (chance.percent(15)) {
    plan.workers.lost = chance.one_of({5u, 60u, 300u});
    // Else more might be lost than there are spare outcomes for.
    plan.workers.stuck = 0;
  }
  if (chance.percent(25)) plan.workers.poll_interval = std::chrono::microseconds(20);
  const u32 loops = chance.percent(30) ? 2 : 1;
  for (u32 i = 0; i < loops; ++i) plan.loops.push_back(plan_loop(chance));
  const u32 producers = chance.below(3);
  for (u32 i = 0; i < producers; ++i) {
    plan.producers.push_back({.queue = loops + i,
                              .tenant = loops + i,
                              .slots = chance.between(5, 150),
                              .stops_workers = chance.percent(20),
                              .priorities = chance.percent(60)});
  }
  if (chance.percent(40)) plan.stops = chance.between(1, 6);
  if (chance.percent(30)) plan.masks = chance.between(1, 4);
  const u32 loads = chance.percent(50) ? 1 : 0;
  if (loads != 0) plan.loads = plan_loads(chance, loops + producers);
  if (chance.percent(40)) {
    plan.churn = {.queue = loops + producers + loads, .tenants = chance.between(1, 5)};
  }
  return plan;
}

std::string describe(const WorldPlan& plan) {
  std::string text = fmt::format(
      "{} workers (slow {}, stuck {}, lost {}, poll {} ns), preemption {}, queues of {}, {} stops, "
      "{} masks",
      plan.workers.workers, plan.workers.slow, plan.workers.stuck, plan.workers.lost,
      plan.workers.poll_interval.count(), plan.preemption, plan.queue_capacity, plan.stops,
      plan.masks);
  for (const LoopPlan& loop : plan.loops) {
    const RingPlan& ring = loop.ring;
    text += fmt::format(
        "\n  loop: {}, placement {}, policy {}, {} slots of {}, {} jobs of {} files, {} resizes, "
        "cancelled after {} us; ring of {}/{}/{}: short {}, transient {}/{}, hard {}, lost {}, "
        "fails at {}{}",
        name_of(loop.program), static_cast<u32>(loop.placement), static_cast<u32>(loop.io_policy),
        loop.slots, loop.slot_bytes, loop.jobs, loop.files.files, loop.resizes,
        loop.cancelled_after / kMicrosecond, ring.entries, ring.completions, ring.file_slots,
        ring.short_reads, ring.transient, ring.endless_transient, ring.hard_failures, ring.lost,
        ring.fails_at, ring.fails_for_ever ? " for ever" : "");
  }
  if (plan.churn.tenants != 0) {
    text += fmt::format("\n  {} tenants that come and go", plan.churn.tenants);
  }
  if (plan.loads.slots != 0) {
    text += fmt::format("\n  loads: {} slots, {} outcomes, {} cancels", plan.loads.slots,
                        plan.loads.outcomes, plan.loads.cancels);
  }
  for (const ProducerPlan& producer : plan.producers) {
    text += fmt::format("\n  producer: {} slots{}{}", producer.slots,
                        producer.stops_workers ? ", SHUTDOWN among them" : "",
                        producer.priorities ? ", of all priorities" : "");
  }
  return text;
}

}  // namespace vyre::simulation
