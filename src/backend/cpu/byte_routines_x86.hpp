#pragma once

#include "wire/platform.hpp"

// The functions behind ByteRoutines; each needs the level that its name ends with.
namespace vyre::backend {

u64 count_avx2(const u8* bytes, u32 size, u8 wanted);
u64 count_avx512(const u8* bytes, u32 size, u8 wanted);
void class_bits_avx2(const u8* bytes, u32 blocks, const u8* set, u32* target);
void class_bits_avx512(const u8* bytes, u32 blocks, const u8* set, u32* target);
void find_pairs_avx2(const u8* bytes, u32 blocks, u8 first, u8 last, u32 distance, u64* target);
void find_pairs_avx512(const u8* bytes, u32 blocks, u8 first, u8 last, u32 distance, u64* target);
u32 crc32c_avx2(const u8* bytes, u32 size);
u32 crc32c_multiply_avx2(u32 a, u32 b);

}  // namespace vyre::backend
