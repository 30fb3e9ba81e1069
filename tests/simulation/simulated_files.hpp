#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/oracle/chance.hpp"
#include "tests/simulation/coverage.hpp"
#include "wire/platform.hpp"

namespace vyre::simulation {

using oracle::Chance;

/// Why a read of a file, or its open, came to nothing: what the file's error may be.
struct Cause {
  int error = 0;
  /// Where the read began.
  u64 offset = 0;
  /// It must show as the file's error; else it may.
  bool certain = false;
};

/// A file of which every byte follows from the file and the offset. Its size is that of a memory
/// file without content, which is what the sources open and ask; its bytes come from the ring.
struct SimulatedFile {
  u32 number = 0;
  u64 key = 0;
  std::string path;
  /// As the feed tells.
  u64 hint = 0;
  u64 size = 0;
  /// Of all sizes that it had or was told to have.
  u64 least = 0;
  u64 most = 0;
  bool missing = false;
  /// Errno of an open through the ring; 0: none.
  int open_error = 0;
  std::vector<Cause> causes;

  [[nodiscard]] bool changed() const noexcept { return least != most; }
};

struct FilePlan {
  /// Bytes of the slots that the files go through.
  u32 slot_bytes = 0;
  u32 files = 0;
  /// Share of files, in percent, that are larger than a slot.
  u32 large = 0;
  /// Share, in percent, whose size is told wrong, or that are missing or may not be opened.
  u32 odd = 0;
  /// Every large file has so many bytes, and the sizes change as soon as it is open; 0: no.
  u64 huge_bytes = 0;
};

/// The files of one simulation. They borrow memory files that last as long as the process.
class SimulatedFiles {
 public:
  SimulatedFiles(Chance& chance, Coverage& coverage) : chance_(chance), coverage_(coverage) {}
  ~SimulatedFiles();
  SimulatedFiles(const SimulatedFiles&) = delete;
  SimulatedFiles& operator=(const SimulatedFiles&) = delete;

  /// New files; those made before keep their addresses.
  std::vector<SimulatedFile*> make(const FilePlan& plan);
  /// Null where there is none.
  [[nodiscard]] SimulatedFile* find(std::string_view path) const;
  /// That of an open descriptor.
  [[nodiscard]] SimulatedFile* find(int descriptor) const;
  void resize(SimulatedFile& file, u64 size);

 private:
  SimulatedFile* make_one(const FilePlan& plan);

  Chance& chance_;
  Coverage& coverage_;
  std::vector<std::unique_ptr<SimulatedFile>> files_;
  std::unordered_map<std::string_view, SimulatedFile*> by_path_;
  /// A memory file that is borrowed, by its number.
  struct Borrowed {
    std::size_t memory;
    SimulatedFile* file;
  };
  std::vector<Borrowed> borrowed_;
};

/// Writes the file's bytes from `offset` on.
void fill_bytes(const SimulatedFile& file, u64 offset, std::span<std::byte> target);
/// Offset in the file of the first byte that is not the file's; nothing where all are.
std::optional<u64> first_wrong_byte(const SimulatedFile& file, u64 offset,
                                    std::span<const char> bytes);

}  // namespace vyre::simulation
