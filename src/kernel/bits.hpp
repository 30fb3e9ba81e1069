#pragma once

#include <cstring>

#include "wire/platform.hpp"

// Bit counts and unaligned little-endian loads, on host and device.
namespace vyre::kernel {

/// Bit counts of one lane. Where `native` is false they are plain arithmetic, which becomes SIMD
/// where the processor has no instruction to count the bits of many lanes.
template <bool native>
VYRE_HOST_DEVICE u32 count_bits(u32 value) {
#if defined(__CUDA_ARCH__)
  return static_cast<u32>(__popc(value));
#else
  if constexpr (native) return static_cast<u32>(__builtin_popcount(value));
  value -= value >> 1 & 0x55555555;
  value = (value & 0x33333333) + (value >> 2 & 0x33333333);
  value = (value + (value >> 4)) & 0x0F0F0F0F;
  value += value >> 8;
  return (value + (value >> 16)) & 63;
#endif
}

/// 32 for 0.
template <bool native>
VYRE_HOST_DEVICE u32 leading_zeros(u32 value) {
#if defined(__CUDA_ARCH__)
  return static_cast<u32>(__clz(static_cast<int>(value)));
#else
  value |= value >> 1;
  value |= value >> 2;
  value |= value >> 4;
  value |= value >> 8;
  value |= value >> 16;
  return count_bits<native>(~value);
#endif
}

/// 32 for 0.
template <bool native>
VYRE_HOST_DEVICE u32 trailing_zeros(u32 value) {
  return count_bits<native>(~value & (value - 1));
}

VYRE_HOST_DEVICE inline u64 count_bits(u64 value) {
#if defined(__CUDA_ARCH__)
  return static_cast<u64>(__popcll(value));
#else
  return static_cast<u64>(__builtin_popcountll(value));
#endif
}

/// 64 for 0.
VYRE_HOST_DEVICE inline u64 leading_zeros(u64 value) {
#if defined(__CUDA_ARCH__)
  return static_cast<u64>(__clzll(static_cast<long long>(value)));
#else
  return value == 0 ? 64 : static_cast<u64>(__builtin_clzll(value));
#endif
}

/// 64 for 0.
VYRE_HOST_DEVICE inline u64 trailing_zeros(u64 value) { return count_bits(~value & (value - 1)); }

/// A little-endian Word at any alignment; a device loads only what is aligned, so bytes there where
/// it is not.
template <class Word>
VYRE_HOST_DEVICE Word load_unaligned(const u8* bytes) {
#if defined(__CUDA_ARCH__)
  if (reinterpret_cast<u64>(bytes) % sizeof(Word) == 0) {
    return *reinterpret_cast<const Word*>(bytes);
  }
  Word value = 0;
  for (u32 i = 0; i < sizeof(Word); ++i) value |= static_cast<Word>(bytes[i]) << (8 * i);
  return value;
#else
  Word value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
#endif
}

}  // namespace vyre::kernel
