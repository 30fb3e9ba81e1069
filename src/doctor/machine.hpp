#pragma once

#include <string>

#include "doctor/row.hpp"
#include "wire/platform.hpp"

namespace vyre::doctor {

struct HugePages {
  /// The mode in brackets of /sys/kernel/mm/transparent_hugepage/enabled; empty where there is
  /// none.
  std::string mode;
  /// KiB of huge pages that an aligned, advised and written mapping of `tried_kib` got.
  u64 got_kib = 0;
  u64 tried_kib = 0;
};

/// Maps, advises and writes 4 MiB, and asks the kernel what lies behind it.
HugePages observe_huge_pages();

Row huge_pages_row(const HugePages& pages);

/// The vector instructions that the CPU backend can use.
Row processor_row(u32 cores);

/// Always available.
Row cpu_backend_row(u32 cores);

}  // namespace vyre::doctor
