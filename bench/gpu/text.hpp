#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::bench::gpu {

/// Fills memory with source text: runs of lines of the files under /usr/include, in an order drawn
/// by a seed, so that gigabytes come fast and every stretch looks like its sources. Ends the
/// process where there are no such files.
class TextMaker {
 public:
  /// Reads 32 MiB of sources at most.
  TextMaker();

  /// The same bytes for the same sources and seed; the last is a newline. Thread-safe. `planted`
  /// (lines without their newline, may be empty) appear about once in `every` bytes.
  void fill(std::span<u8> bytes, u64 seed, std::span<const std::string> planted = {},
            std::size_t every = std::size_t{1} << 20) const;

 private:
  [[nodiscard]] std::span<const u8> run_of_lines(u64 random) const;

  std::vector<u8> text_;
};

/// Rows "number,name,value,price,note" with values below 100,000; about 45 bytes each. No row
/// crosses a multiple of kRowsPage: newlines fill up to it.
void fill_with_rows(std::span<u8> bytes, u64 seed);
inline constexpr std::size_t kRowsPage = std::size_t{512} << 10;

}  // namespace vyre::bench::gpu
