#include "tests/simulation/lost_chunks.hpp"

#include "tests/simulation/violation.hpp"

namespace vyre::simulation {

void LostChunks::lose(std::span<const u8> chunk, const void* outcome) {
  ++count_;
  retired_.insert(outcome);
  // A chunk without bytes shows no read that makes it another.
  if (!chunk.empty()) ++by_place_[chunk.data()];
}

void LostChunks::check_published(std::span<const u8> chunk, const void* outcome,
                                 const std::string& where) {
  if (retired_.contains(outcome)) {
    violate("lost-outcome-unused", where + ": its outcome may be written to by a lost worker");
  }
  const auto lost = by_place_.find(chunk.data());
  if (lost == by_place_.end()) return;
  if (lost->second > 1) violate("repeated-once", where + " costs a third worker");
  ++coverage_.repeated_chunks;
}

void LostChunks::read_into(std::span<const std::byte> target) {
  std::erase_if(by_place_, [target](const auto& lost) {
    const auto* const place = static_cast<const std::byte*>(lost.first);
    return place >= target.data() && place < target.data() + target.size();
  });
}

}  // namespace vyre::simulation
