#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vyre/program.hpp"

namespace vyre::runtime {

/// One file's result words on their way: takes in the parts of its chunks, in any order.
class ResultFold {
 public:
  explicit ResultFold(const Program& program);

  /// Back to the words of a file of which nothing has been seen.
  void begin();
  /// `part`: one word per result word of the program.
  void add(std::span<const std::uint64_t> part);
  /// What it has taken in so far, as one part; one word per result word.
  [[nodiscard]] std::span<const std::uint64_t> parts() const noexcept { return words_; }
  /// The file's words, `file_bytes` being its length; valid until begin().
  std::span<const std::uint64_t> finish(std::uint64_t file_bytes);

 private:
  std::vector<Combine> kinds_;
  std::vector<std::uint64_t> words_;
};

}  // namespace vyre::runtime
