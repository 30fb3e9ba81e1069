#pragma once

#include <cstddef>

#include "wire/platform.hpp"

// What verify() accepts at most.
namespace vyre::vir0 {

inline constexpr std::size_t kMaxInstructions = 4096;
inline constexpr std::size_t kMaxTables = 256;
inline constexpr std::size_t kMaxProgramTableBytes = std::size_t{256} << 20;
inline constexpr u32 kMaxRepeat = 65536;
/// Worst-case fuel of one tile, the checks of automata left out: about a thousand automaton scans,
/// or a second of one core.
inline constexpr u64 kMaxFuelPerTile = u64{1} << 22;
/// Worst-case fuel of the checks of all automata on one tile, beside kMaxFuelPerTile. Generous,
/// because the worst case (every byte ends the factor with the most checks, and none of them
/// rejects before its limit) is far from what rule sets meet: 65,536 patterns of the longest check
/// that share one factor fit.
inline constexpr u64 kMaxCheckFuelPerTile = u64{1} << 36;

/// End of the last declared window, in words of the tenant's state window.
inline constexpr u32 kMaxWindowWords = u32{1} << 20;
/// Resources that a program names; it may ask for others by their handles.
inline constexpr std::size_t kMaxResources = 64;
inline constexpr std::size_t kMaxNameBytes = 64;
inline constexpr std::size_t kMaxSymbols = 2 * kMaxInstructions;
inline constexpr std::size_t kMaxMetadataBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxUnknownSections = 64;
/// Of all unknown sections together.
inline constexpr std::size_t kMaxUnknownBytes = std::size_t{1} << 20;

}  // namespace vyre::vir0
