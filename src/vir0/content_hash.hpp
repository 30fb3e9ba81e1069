#pragma once

#include <cstddef>
#include <span>

#include "vyre/program.hpp"

namespace vyre::vir0 {

/// XXH3-128 (seed 0) of `bytes`, in its canonical byte order: high half first, big-endian. About
/// the speed of memory.
ContentHash hash_content(std::span<const std::byte> bytes) noexcept;

}  // namespace vyre::vir0
