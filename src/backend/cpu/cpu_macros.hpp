#pragma once

#include "backend/cpu/byte_routines.hpp"
#include "kernel/portable_platform.hpp"

namespace vyre::backend {

/// The macro-instructions of a CPU: equal to the portable ones bit for bit, by the routines of a
/// level where it has some. The automaton scan is CpuPlatform's. Cost per tile of 64 KiB where the
/// level is kAvx512: 2 us for count and CRC-32C, 25 us for a histogram.
class CpuMacros : public kernel::PortablePlatform {
 public:
  explicit CpuMacros(CpuLevel level) : routines_(byte_routines(level)) {}

  u64 count_byte(kernel::HostGroup group, const kernel::TileView& tile, u8 wanted, u32* scratch);
  void class_bitmap(kernel::HostGroup group, const kernel::TileView& tile, const u8* set, u64 start,
                    u32* target);
  void histogram(kernel::HostGroup group, const kernel::TileView& tile, u64* words, u32* scratch);
  u64 find_count(kernel::HostGroup group, const kernel::TileView& tile,
                 const kernel::Literal& literal, u32* scratch);
  void find_emit(kernel::HostGroup group, const kernel::TileView& tile,
                 const kernel::Literal& literal, u32 value, kernel::RecordSink& sink, u32* scratch);
  u32 crc32c_part(kernel::HostGroup group, const kernel::TileView& tile, u32* scratch);
  u64 xxh64(kernel::HostGroup group, const kernel::TileView& tile, u64* accumulators, u32* scratch);

 private:
  const ByteRoutines* routines_;
};

}  // namespace vyre::backend
