#pragma once

#include <string>
#include <vector>

#include "backend/region.hpp"
#include "runtime/replay/recording.hpp"
#include "runtime/slot_observer.hpp"

namespace vyre::runtime::replay {

/// Writes down what one ring gives to the workers in one stream, and what comes back. Cost for each
/// slot: one pass over its bytes (XXH3-128), one stat(2) for each file in it, some hundred bytes of
/// the log, which is written in batches.
class RingRecorder final : public SlotObserver {
 public:
  /// All outlive it.
  RingRecorder(Recording& recording, u32 ring, const backend::Region& region);

  void published(const PublishedWork& work) override;
  void ended(std::uint32_t slot, std::uint32_t outcome, const SlotFault* fault) override;
  [[nodiscard]] Status status() const override { return recording_.log().status(); }
  /// Hands over what is not in the log yet. Errors: those of LogFile::append.
  Status flush();

 private:
  void describe_input(const PublishedWork& work);
  [[nodiscard]] InputExtent extent_of(const StreamedFile& file, u64 file_offset, u32 slot_offset,
                                      u32 length) const;
  void flush_if_full();

  Recording& recording_;
  u32 ring_;
  const backend::Region& region_;
  /// By slot: the number of its last publication.
  std::vector<u64> numbers_;
  SlotRecord record_;
  std::vector<std::byte> batch_;
};

}  // namespace vyre::runtime::replay
