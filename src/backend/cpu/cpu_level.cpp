#include "backend/cpu/cpu_level.hpp"

namespace vyre::backend {
namespace {

#if defined(__x86_64__)
bool runs_avx2() {
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") &&
         __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("popcnt");
}

bool runs_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

}  // namespace

std::vector<CpuLevel> cpu_levels() {
  std::vector<CpuLevel> levels{CpuLevel::kBaseline};
#if defined(__x86_64__)
  if (runs_avx2()) {
    levels.push_back(CpuLevel::kAvx2);
    if (runs_avx512()) levels.push_back(CpuLevel::kAvx512);
  }
#endif
  return levels;
}

CpuLevel best_cpu_level() {
  static const CpuLevel best = cpu_levels().back();
  return best;
}

std::string_view name_of(CpuLevel level) {
  switch (level) {
    case CpuLevel::kBaseline:
      return "baseline";
    case CpuLevel::kAvx2:
      return "AVX2";
    case CpuLevel::kAvx512:
      return "AVX-512";
  }
  return "";
}

}  // namespace vyre::backend
