#pragma once

#include <vector>

#include "vyre/program.hpp"
#include "wire/platform.hpp"

// How a file's result words come from its chunks' words. A word starts as identity(), takes in each
// chunk's word by combine(), in any order, and is the file's value after finish().
namespace vyre::vir0 {

/// The Combine of each result word of the program, in the order of the words.
std::vector<Combine> result_combines(const Program& program);

[[nodiscard]] u64 identity(Combine kind) noexcept;
[[nodiscard]] u64 combine(Combine kind, u64 a, u64 b) noexcept;

/// The file's value, of a word that holds all of its tiles' parts; `file_bytes` is its length. Only
/// kCrc32c differs from the word itself: it becomes the usual CRC-32C (0 for an empty file).
[[nodiscard]] u64 finish(Combine kind, u64 word, u64 file_bytes) noexcept;

}  // namespace vyre::vir0
