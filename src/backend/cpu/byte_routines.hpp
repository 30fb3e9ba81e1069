#pragma once

#include "backend/cpu/cpu_level.hpp"
#include "wire/platform.hpp"

namespace vyre::backend {

/// The inner loops of macro-instructions over bytes, as a level of the processor does them.
struct ByteRoutines {
  /// How many of the bytes equal `wanted`.
  u64 (*count)(const u8* bytes, u32 size, u8 wanted);
  /// For each of `blocks` * 32 bytes, bit by bit: whether the set (32 bytes, see isa.def) has it.
  void (*class_bits)(const u8* bytes, u32 blocks, const u8* set, u32* target);
  /// For each of `blocks` * 64 places: bit set where the byte is `first` and that `distance` bytes
  /// on is `last`.
  void (*find_pairs)(const u8* bytes, u32 blocks, u8 first, u8 last, u32 distance, u64* target);
  /// The remainder of the bytes modulo the CRC-32C polynomial: a register that starts at 0.
  u32 (*crc32c)(const u8* bytes, u32 size);
  /// a * b modulo the polynomial.
  u32 (*crc32c_multiply)(u32 a, u32 b);
};

/// Null where the level has none that are faster than the kernel's own (kBaseline).
const ByteRoutines* byte_routines(CpuLevel level);

}  // namespace vyre::backend
