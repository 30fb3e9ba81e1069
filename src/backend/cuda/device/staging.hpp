#pragma once

#include "kernel/context.hpp"
#include "kernel/tile.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// Copies a tile from memory of the host to `staging` (kStagingBytes, 16-byte aligned), with as
/// much of its halos as the program reaches, and gives it as if its chunk lay there. The whole
/// block of 128 threads; they must sync before they use it. Cost: the bytes over PCIe, once, 16 KiB
/// in flight for each block; PCIe is what bounds a stream, hence no more of the halos than needed.
__device__ inline kernel::TileView stage(const kernel::TileView& tile,
                                         const kernel::ProgramView& program, u8* staging) {
  constexpr u32 kThreads = kLanes;
  constexpr u32 kAtOnce = 8;
  const u32 before = min(tile.before, program.reach_before);
  const u8* from = tile.bytes() - before;
  const u32 bytes = before + tile.length + min(tile.after, program.reach_after);
  const u32 shift = static_cast<u32>(reinterpret_cast<u64>(from) % sizeof(uint4));
  const uint4* source = reinterpret_cast<const uint4*>(from - shift);
  uint4* target = reinterpret_cast<uint4*>(staging);
  // Whole 16-byte words: what they bring beyond the tile lies in the same page.
  const u32 words = (shift + bytes + sizeof(uint4) - 1) / sizeof(uint4);
  u32 at = threadIdx.x;
  for (; at + (kAtOnce - 1) * kThreads < words; at += kAtOnce * kThreads) {
    uint4 values[kAtOnce];
#pragma unroll
    for (u32 i = 0; i < kAtOnce; ++i) values[i] = __ldcg(source + at + i * kThreads);
#pragma unroll
    for (u32 i = 0; i < kAtOnce; ++i) target[at + i * kThreads] = values[i];
  }
  for (; at < words; at += kThreads) target[at] = __ldcg(source + at);
  kernel::TileView staged = tile;
  staged.chunk = staging + shift - (tile.offset - before);
  return staged;
}

}  // namespace vyre::backend::device

#endif
