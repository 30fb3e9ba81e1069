#pragma once

#include <memory>
#include <string>

#include "vyre/chunk.hpp"
#include "vyre/source.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// A file that lies whole in a slot beside others; it has no descriptor once it was read.
class PackedFile final : public StreamedFile {
 public:
  PackedFile(FileSource source, u32 offset, u32 reserved)
      : source_(std::move(source)), offset_(offset), reserved_(reserved) {}

  [[nodiscard]] const std::string& path() const noexcept override { return source_.path; }
  [[nodiscard]] SourceMark mark() const noexcept override { return source_.mark; }
  // A part is never packed, but what cannot be opened is told as if it were.
  [[nodiscard]] const FilePart* part() const noexcept override { return source_.part.get(); }
  Result<std::size_t> read_again(std::uint64_t, std::span<char>) const override {
    return tl::unexpected(unavailable("a file of one chunk is not kept open",
                                      "use the bytes of its chunk: they are the whole file"));
  }

  /// Where in the slot its place begins, and how much was reserved; none for a file with an error
  /// from the start.
  [[nodiscard]] u32 offset() const noexcept { return offset_; }
  [[nodiscard]] u32 reserved() const noexcept { return reserved_; }

  u32 length = 0;
  /// Entry of the file table while it is being read.
  u32 table_index = 0;
  /// It is read again elsewhere: nothing of it belongs to this slot any more.
  bool restaged = false;
  std::unique_ptr<Error> error;

  /// Gives up the source, for a file that is read again elsewhere.
  FileSource take_source() { return std::move(source_); }

 private:
  FileSource source_;
  u32 offset_;
  u32 reserved_;
};

}  // namespace vyre::ingest
