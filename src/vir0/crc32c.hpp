#pragma once

#include <cstddef>
#include <span>

#include "wire/platform.hpp"

namespace vyre::vir0 {

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, RFC 3720 appendix B.4) of `bytes`,
/// continuing from `previous` (0 to begin). Detects every burst of up to 32 bits.
u32 crc32c(std::span<const std::byte> bytes, u32 previous = 0) noexcept;

}  // namespace vyre::vir0
