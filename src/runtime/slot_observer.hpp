#pragma once

#include <cstdint>
#include <span>

#include "backend/work_queue.hpp"
#include "ingest/slot.hpp"
#include "vyre/error.hpp"

namespace vyre::runtime {

/// Why a program run ended in FAULT, as the slot said.
struct SlotFault {
  std::uint32_t code = 0;
  std::uint32_t detail = 0;
};

/// A slot that has gone to the workers. All views die when the call returns.
struct PublishedWork {
  /// Index of the slot in the ring's buffer.
  std::uint32_t slot = 0;
  const backend::WorkItem& item;
  const ingest::SlotChunk& chunk;
  std::span<const std::byte> bytes;
  /// The file's carry before the chunk, all wire::kOutcomeCarryWords.
  std::span<const std::uint64_t> carry_in;
  /// The source of a chunk of a stream; null for a slot of whole files.
  const StreamedFile* streamed = nullptr;
  /// The files of a slot of whole files, ascending by slot_offset.
  std::span<const ingest::Extent> whole_files;
};

/// Is told by a ring's pump of each slot's way through the workers. One per ring, called on the
/// ring's thread.
class SlotObserver {
 public:
  virtual ~SlotObserver() = default;
  /// The workers are about to get the slot, to run it into `outcome` of the ring's region; `again`
  /// where they had it before and lost a worker over it: then with another outcome, and published()
  /// is not called again.
  virtual void begins(std::uint32_t slot, std::uint32_t outcome, bool again) = 0;
  /// The workers have it, and may be done with it.
  virtual void published(const PublishedWork& work) = 0;
  /// The run is over: `outcome`, of the ring's region, is final, and stays until the slot is
  /// published again. `fault` is null where it is DONE. A run that a lost worker left unfinished is
  /// not told of.
  virtual void ended(std::uint32_t slot, std::uint32_t outcome, const SlotFault* fault) = 0;
  /// What keeps the observer from going on; the stream ends with it.
  [[nodiscard]] virtual Status status() const = 0;
};

}  // namespace vyre::runtime
