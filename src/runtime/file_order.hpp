#pragma once

#include <array>
#include <span>
#include <vector>

#include "ingest/slot.hpp"
#include "vyre/program.hpp"
#include "wire/outcome.hpp"

namespace vyre::runtime {

/// What order a program demands of one ring's chunks, and each file's carry on its way from chunk
/// to chunk. Knows nothing of queues: it is asked which chunk may start, and told what ended. Cost:
/// a search among the streamed files in use, at most as many as slots; nothing for kAny.
class FileOrder {
 public:
  using Carry = std::array<u64, wire::kOutcomeCarryWords>;

  FileOrder(TileOrder order, u32 slots) : order_(order), slots_(slots) {}

  /// All that the slot's chunk must wait for is over. `running`: slots that the workers have.
  [[nodiscard]] bool may_start(u32 slot, const ingest::SlotChunk& chunk, u32 running) const;
  /// The slot's turn for being passed over, since there is nothing to run: at once, but for kSerial
  /// after the slots before it.
  [[nodiscard]] bool may_pass(u32 slot) const;
  /// An earlier chunk of the file has faulted: its other chunks are not run any more. Always false
  /// for kAny, whose chunks do not know of each other.
  [[nodiscard]] bool spoilt(const ingest::SlotChunk& chunk) const;

  /// The slot goes to the workers, or is passed over.
  void leave(u32 slot);
  /// Carry before the chunk's first tile: 0 at the file's beginning.
  [[nodiscard]] Carry carry_in(const ingest::SlotChunk& chunk) const;
  /// The chunk's run is over and left `carry`.
  void finish(const ingest::SlotChunk& chunk, std::span<const u64> carry, bool faulted);
  /// Nothing more of the stream will run.
  void forget(u64 stream);

 private:
  /// A streamed file some of whose chunks have run.
  struct File {
    u64 stream;
    u64 next_chunk;
    Carry carry;
    bool faulted;
  };
  [[nodiscard]] const File* find(u64 stream) const;

  TileOrder order_;
  u32 slots_;
  /// kSerial: the slot whose turn it is.
  u32 turn_ = 0;
  std::vector<File> files_;
};

}  // namespace vyre::runtime
