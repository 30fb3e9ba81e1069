#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "backend/megakernel.hpp"
#include "tests/backend/load_server.hpp"
#include "tests/backend/text_buffer.hpp"
#include "tests/oracle/file_answer.hpp"

namespace vyre::oracle {

/// Room for what one chunk leaves behind.
struct ChunkRoom {
  u32 records;
  u64 output;
};

/// The machine under test (make_test_backend) with its workers, rings and fast
/// macro-instructions, as a means to run programs over files. Chunks run beside each other where
/// the program's order allows it. One megakernel serves as many programs as it can hold. One thread
/// at a time.
class MachineRun {
 public:
  explicit MachineRun(unsigned workers) : workers_(workers) {}

  /// A program that this machine has loaded, until it loads kMostLoaded more.
  struct Loaded {
    u32 tenant;
    u32 opcode;
  };
  static constexpr u32 kMostLoaded = wire::kMaxTenants * kernel::kMaxProgramsPerTenant;

  /// A new machine where the old one holds its most.
  Loaded load(const VerifiedProgram& program);
  /// Compiles what is loaded, beside nothing that runs.
  void compile();
  /// `window` is the tenant's whole state window before. Without `room` each chunk has plenty.
  /// Aborts where a chunk of a run without a fault needs more, or a slot is lost.
  FileAnswer run(const VerifiedProgram& program, Loaded loaded, std::string_view file,
                 u32 own_bytes, const std::vector<u32>& window, std::optional<ChunkRoom> room,
                 const std::vector<std::string>& resources = {});

 private:
  void renew();
  /// Runs the chunks, whose bytes begin at `offsets` of the region; outcome i is chunk i's.
  void run_chunks(const VerifiedProgram& program, Loaded loaded,
                  const std::vector<testing::FileChunk>& chunks, const std::vector<u64>& offsets,
                  const backend::Region& region);

  unsigned workers_;
  std::unique_ptr<backend::Megakernel> kernel_;
  std::unique_ptr<backend::LoadServer> loads_;
  std::unique_ptr<backend::TextBuffer> text_;
  /// On all of text_, with plenty of room.
  backend::Region roomy_;
  u32 loaded_ = 0;
};

}  // namespace vyre::oracle
