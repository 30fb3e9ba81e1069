#include "tests/simulation/protocol_check.hpp"
#include "tests/simulation/violation.hpp"

// What may become of memory that slots use.
namespace vyre::simulation {
namespace {

using wire::SlotStatus;

bool overlap(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.data() < b.data() + b.size() && b.data() < a.data() + a.size();
}

}  // namespace

void ProtocolCheck::check_writable(std::span<const std::byte> target) {
  lost_chunks_.read_into(target);
  for (u32 band = 0; band < bands_.size(); ++band) {
    for (const Mirror& slot : bands_[band].slots) {
      if (slot.status == SlotStatus::kEmpty || !is_program(slot)) continue;
      if (!overlap(std::as_bytes(chunk_of(slot)), target)) continue;
      violate("bytes-stay-while-owned", slot_name(band, slot.position) + ": a read into its chunk");
    }
  }
}

void ProtocolCheck::check_releasable(std::span<const std::byte> memory) const {
  for (u32 band = 0; band < bands_.size(); ++band) {
    for (const Mirror& slot : bands_[band].slots) {
      if (slot.status != SlotStatus::kClaimed || !is_program(slot)) continue;
      const std::span outcome(outcome_of(slot), 1);
      if (!overlap(std::as_bytes(outcome), memory)) continue;
      violate("release-after-drain",
              slot_name(band, slot.position) + ": a worker is in the memory");
    }
  }
}

}  // namespace vyre::simulation
