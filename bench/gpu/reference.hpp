#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "answer.hpp"

// Each task once more on the host, as plainly as it can be said: what the kernels are checked
// against.
namespace vyre::bench::gpu::reference {

using Bytes = std::span<const u8>;

Answer histogram(Bytes bytes);
Answer crc32c(Bytes bytes);
Answer field_filter(Bytes bytes, u32 threshold);
Answer automaton(Bytes bytes, std::span<const std::vector<std::byte>> tables);

}  // namespace vyre::bench::gpu::reference
