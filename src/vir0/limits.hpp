#pragma once

#include <cstddef>

#include "wire/platform.hpp"

// What verify() accepts at most.
namespace vyre::vir0 {

inline constexpr std::size_t kMaxInstructions = 4096;
inline constexpr std::size_t kMaxTables = 256;
inline constexpr std::size_t kMaxProgramTableBytes = std::size_t{256} << 20;
inline constexpr u32 kMaxRepeat = 65536;
/// Worst-case fuel of one tile: about a thousand automaton scans, or a second of one core.
inline constexpr u64 kMaxFuelPerTile = u64{1} << 22;

}  // namespace vyre::vir0
