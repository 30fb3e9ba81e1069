#include <algorithm>

#include "kernel/io_queue.hpp"
#include "tests/simulation/protocol_check.hpp"

// What others ask the mirror of the protocol.
namespace vyre::simulation {

using wire::SlotStatus;

u32 ProtocolCheck::shown(u32 queue) const {
  u32 sum = 0;
  for (const Band& band : bands_of(queue)) sum += band.tail;
  return sum;
}

bool ProtocolCheck::finished_unseen(u32 queue, Time since) const {
  const auto is_unseen = [&](const Mirror& slot) {
    const bool finished = slot.status == SlotStatus::kDone || slot.status == SlotStatus::kFault;
    return finished && slot.finished_at + since <= scheduler_.now();
  };
  const auto bands = bands_of(queue);
  return std::any_of(bands.begin(), bands.end(), [&](const Band& band) {
    return std::any_of(band.slots.begin(), band.slots.end(), is_unseen);
  });
}

bool ProtocolCheck::io_wants_moving() const {
  return context_ != nullptr && kernel::wants_moving(context_->io);
}

bool ProtocolCheck::all_empty(u32 queue) const {
  const auto bands = bands_of(queue);
  return std::all_of(bands.begin(), bands.end(), [](const Band& band) {
    return std::all_of(band.slots.begin(), band.slots.end(),
                       [](const auto& slot) { return slot.status == SlotStatus::kEmpty; });
  });
}

std::optional<u32> ProtocolCheck::unfinished_before(u32 band, u32 end) const {
  for (const Mirror& slot : bands_[band].slots) {
    const bool waits = is_unfinished(slot.status);
    if (waits && static_cast<std::int32_t>(slot.position - end) < 0) return slot.position;
  }
  return std::nullopt;
}

}  // namespace vyre::simulation
