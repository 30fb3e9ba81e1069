#pragma once

#include <memory>
#include <string_view>

#include "backend/megakernel.hpp"
#include "tests/oracle/file_answer.hpp"

namespace vyre::oracle {

/// Room for what one chunk leaves behind.
struct ChunkRoom {
  u32 records;
  u64 output;
};

/// The CPU backend with its workers, rings and fast macro-instructions, as a means to run programs
/// over files. Chunks run beside each other where the program's order allows it.
class MachineRun {
 public:
  explicit MachineRun(unsigned workers) : workers_(workers) {}

  /// `window` is the tenant's whole state window before. Aborts where a chunk of a run without a
  /// fault needs more room.
  FileAnswer run(const VerifiedProgram& program, std::string_view file, u32 own_bytes,
                 const std::vector<u32>& window, ChunkRoom room);

 private:
  /// A tenant that may load one more program; a new machine where all have loaded their most.
  u32 next_tenant();

  unsigned workers_;
  std::unique_ptr<backend::Megakernel> kernel_;
  u32 loaded_ = 0;
};

}  // namespace vyre::oracle
