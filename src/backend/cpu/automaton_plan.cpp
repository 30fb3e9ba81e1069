#include "backend/cpu/automaton_plan.hpp"

namespace vyre::backend {

AutomatonPlan::AutomatonPlan(std::span<const std::byte> table)
    : automaton_(kernel::view_automaton(reinterpret_cast<const u8*>(table.data()))),
      filter_(StartFilter::make(automaton_)),
      walk_(automaton_) {}

void AutomatonPlan::scan(const kernel::TileView& tile, kernel::RecordSink& sink,
                         WalkScratch& scratch) const {
  u32 begin = tile.offset;
  const u32 end = tile.end();
  if (filter_) begin = filter_->scan(tile, begin, end, sink);
  walk_.scan(tile, begin, end, sink, scratch);
}

}  // namespace vyre::backend
