#pragma once

#include <map>
#include <span>
#include <vector>

#include "tests/simulation/programs.hpp"
#include "tests/simulation/simulated_files.hpp"
#include "tests/simulation/simulated_ring.hpp"
#include "vyre/chunk.hpp"

namespace vyre::simulation {

struct ConsumerPlan {
  ProgramKind program = ProgramKind::kHalt;
  bool separate = false;
  /// Files come in the order of the feed.
  bool in_order = false;
  /// A file system without O_DIRECT is an error of the file.
  bool direct = false;
  /// Of the outcomes.
  u32 record_capacity = 0;
};

/// Takes what a ring loop delivers and holds it to the truth: every byte is the file's, chunks come
/// in order, tile their file and are not mixed with another's, each file ends once, with an error
/// exactly where there is cause for one; records and results are those of the bytes.
class CheckedConsumer final : public ChunkConsumer {
 public:
  CheckedConsumer(const ConsumerPlan& plan, SimulatedFiles& files, const SimulatedRing& ring,
                  const ProtocolCheck& check, Coverage& coverage)
      : plan_(plan), files_(files), ring_(ring), check_(check), coverage_(coverage) {}

  void on_chunk(const ChunkView& chunk) override;
  void on_file_end(const StreamedFile& file, const Error* error) override;
  void on_read_error(const StreamedFile& file, const Error& error) override;
  void on_program_fault(const StreamedFile& file, const ProgramFault& fault) override;

  /// The run has come to its end: each of the files must have ended.
  void check_all_ended(std::span<SimulatedFile* const> files) const;

 private:
  struct Progress {
    bool begun = false;
    bool ended = false;
    bool faulted = false;
    u64 bytes = 0;
  };
  SimulatedFile& known(const StreamedFile& file) const;
  void check_place(const SimulatedFile& file, Progress& progress, const ChunkView& chunk);
  void check_bytes(const SimulatedFile& file, const ChunkView& chunk) const;
  void check_outcome(const SimulatedFile& file, const ChunkView& chunk);
  void check_success(const SimulatedFile& file, const Progress& progress) const;
  void check_error(const SimulatedFile& file, const Progress& progress, const Error& error) const;

  ConsumerPlan plan_;
  SimulatedFiles& files_;
  const SimulatedRing& ring_;
  const ProtocolCheck& check_;
  Coverage& coverage_;
  std::map<const SimulatedFile*, Progress> progress_;
  const SimulatedFile* unfinished_ = nullptr;
  const SimulatedFile* last_ended_ = nullptr;
  /// Of the window, for kSerial.
  u64 tiles_ = 0;
};

}  // namespace vyre::simulation
