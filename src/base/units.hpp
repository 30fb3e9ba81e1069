#pragma once

#include <cstdint>

namespace vyre {

/// The fixed geometry of a tile: a program runs once per tile with 128 lanes, and whole-tile
/// macro-instructions give each lane a contiguous share.
inline constexpr std::uint32_t kLanes = 128;
inline constexpr std::uint32_t kLaneBytes = 512;
inline constexpr std::uint32_t kTileBytes = kLanes * kLaneBytes;

/// Bytes that a chunk carries beyond its own on each side, so that no factor and no check is cut.
/// One page, so that reads stay aligned for O_DIRECT.
inline constexpr std::uint32_t kHaloBytes = 4096;

}  // namespace vyre
