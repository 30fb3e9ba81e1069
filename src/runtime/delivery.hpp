#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/slot.hpp"
#include "runtime/ring_statistics.hpp"
#include "vyre/chunk.hpp"
#include "wire/outcome.hpp"

namespace vyre::runtime {

/// Why a run has no outcome.
struct RunFault {
  Error error;
  /// Where it was the program that faulted.
  std::optional<ProgramFault> program;
};

/// What a program run over a slot left, or that there was none (an empty slot).
struct SlotOutcome {
  bool executed = false;
  /// Ascending by offset, relative to the slot's first byte.
  std::span<const wire::Record> records = {};
  bool overflow = false;
  std::uint64_t record_count = 0;
  std::span<const std::uint64_t> results = {};
  std::span<const std::byte> output = {};
  /// The run faulted: its files end with this error.
  const RunFault* fault = nullptr;
};

/// Cuts a drained slot into its files' views and hands them to a consumer. One per ring.
class Delivery {
 public:
  Delivery(ChunkConsumer& consumer, ingest::Placement placement, RingStatistics& statistics)
      : consumer_(consumer),
        separate_(placement != ingest::Placement::kPacked),
        statistics_(statistics) {}

  /// Cost: one pass over the slot's records; no allocation once the scratch space has grown.
  void deliver(std::span<const std::byte> bytes, std::span<const ingest::Extent> extents,
               const SlotOutcome& outcome);
  /// Ends a source that was never read, as soon as no other file is under way.
  void refuse(FileSource source, Error error);

 private:
  void deliver_extent(std::span<const std::byte> bytes, const ingest::Extent& extent,
                      const SlotOutcome& outcome);
  void end_file(const ingest::Extent& extent);
  void count_end(const StreamedFile& file, bool failed);
  void end_refused();
  std::span<const Record> records_of(const ingest::Extent& extent,
                                     std::span<const wire::Record> records);

  ChunkConsumer& consumer_;
  bool separate_;
  RingStatistics& statistics_;
  std::vector<Record> scratch_;
  /// A chunk of the file under way faulted; its later chunks are not delivered.
  std::optional<RunFault> file_fault_;
  /// Some chunk of a file was met, and not its last.
  bool in_file_ = false;
  struct Refused {
    FileSource source;
    Error error;
  };
  std::vector<Refused> refused_;
};

}  // namespace vyre::runtime
