#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "vyre/chunk.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// Any range of a file's bytes while one of its chunks is in hand: a view into the chunk where it
/// holds the range, else read again into memory of its own, which grows to the largest range and
/// goes back to 1 MiB at the end of a file.
class FileText {
 public:
  /// `chunk` may be null: then everything is read again. Both live until the next call of `use`.
  void use(const StreamedFile& file, const ChunkView* chunk) noexcept {
    file_ = &file;
    chunk_ = chunk;
  }
  /// Bytes [begin, end) of the file, fewer where it ends before. Valid until the next call. Error:
  /// the read failed, or the range does not fit in memory.
  Result<std::string_view> view(std::uint64_t begin, std::uint64_t end);

  /// Bytes read again since the last call.
  std::uint64_t take_bytes_read_again() noexcept;
  /// Gives back memory beyond what most files need.
  void trim() noexcept;

 private:
  Status grow(std::uint64_t bytes);

  const StreamedFile* file_ = nullptr;
  const ChunkView* chunk_ = nullptr;
  std::unique_ptr<char[]> memory_;
  std::uint64_t capacity_ = 0;
  std::uint64_t bytes_read_again_ = 0;
};

}  // namespace vyre::scan
