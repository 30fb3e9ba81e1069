#include "backend/megakernel_layout.hpp"

namespace vyre::backend {
namespace {

constexpr std::size_t kMaxPrograms = std::size_t{wire::kMaxTenants} * kernel::kMaxProgramsPerTenant;

/// A band of which every slot has been used, and finished, one lap before position 0.
kernel::QueueView lay_out_band(Carver& carver, u32 capacity) {
  kernel::QueueView band{};
  band.capacity = capacity;
  band.state = carver.address(carver.take<kernel::BandState>(1));
  band.fences = carver.address(carver.take<kernel::FenceWait>(capacity));
  kernel::SlotTurn* turns = carver.take<kernel::SlotTurn>(capacity);
  band.turns = carver.address(turns);
  if (turns == nullptr) return band;
  for (u32 i = 0; i < capacity; ++i) turns[i] = {i + 1 - capacity, i + 1 - capacity, 0, 0};
  return band;
}

}  // namespace

SharedLayout lay_out_shared(Carver& carver, const MegakernelOptions& options) {
  SharedLayout layout{carver.take<wire::ControlBlock>(1),
                      carver.take<kernel::WorkersState>(1),
                      carver.take<kernel::WakeWord>(options.queues),
                      IoQueue::lay_out(carver),
                      {},
                      {}};
  for (u32 i = 0; i < options.queues; ++i) {
    layout.headers.push_back(carver.take<wire::QueueHeader>(1));
    layout.slots.push_back(
        carver.take<wire::WorkSlot>(std::size_t{options.queue_capacity} * wire::kBands));
  }
  return layout;
}

WorkersLayout lay_out_workers(Carver& carver, const MegakernelOptions& options,
                              const SharedLayout& shared) {
  const WorkersLayout layout{
      carver.take<wire::ControlBlock>(1),
      carver.take<kernel::QueueView>(std::size_t{options.queues} * wire::kBands),
      carver.take<kernel::ProgramEntry>(kMaxPrograms),
      carver.take<u32>(1),
      carver.take<u32>(2 * wire::kMaxTenants + 1),
      carver.take<kernel::IoState>(1)};
  for (u32 queue = 0; queue < options.queues; ++queue) {
    u32* const parked_fences = carver.address(carver.take<u32>(1));
    for (u32 band = 0; band < wire::kBands; ++band) {
      kernel::QueueView view = lay_out_band(carver, options.queue_capacity);
      if (layout.views == nullptr) continue;
      view.tail = shared.headers[queue]->tails + band;
      view.slots = shared.slots[queue] + std::size_t{band} * options.queue_capacity;
      view.parked_fences = parked_fences;
      view.wake = shared.wakes + queue;
      layout.views[queue * wire::kBands + band] = view;
    }
  }
  return layout;
}

ZeroLayout lay_out_zeros(Carver& carver, const MegakernelOptions& options) {
  return {carver.take<u32>(std::size_t{wire::kMaxTenants} * options.window_words),
          carver.take<wire::DebugRecord>(options.debug_records)};
}

kernel::ClaimLedger ledger_of(const Carver& carver, const WorkersLayout& workers) {
  namespace control = wire::control;
  u32* const words = carver.address(workers.control)->words;
  u32* const turns = carver.address(workers.turns);
  return {.claimed = words + control::kFairness,
          .fuel_used = words + control::kFuelUsed,
          .by_band = words + control::kPriorityFairness,
          .aged = words + control::kStarvation,
          .ended = words + control::kTenantDone,
          .turns = turns,
          .expected = turns + wire::kMaxTenants,
          .clock = turns + 2 * wire::kMaxTenants};
}

}  // namespace vyre::backend
