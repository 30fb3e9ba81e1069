#pragma once

#include <string_view>
#include <vector>

namespace vyre::backend {

/// Sets of instructions that code is compiled for beside the one that the build asks for; which of
/// them runs is decided when the program starts. Each includes those before it.
enum class CpuLevel {
  kBaseline,  ///< What the build asks for.
  kAvx2,      ///< AVX2, BMI2, FMA, PCLMULQDQ: processors since 2013.
  kAvx512,    ///< AVX-512 F, BW, CD, DQ, VL and VPOPCNTDQ.
};

/// What kAvx2 and kAvx512 are, for [[gnu::target]].
#define VYRE_TARGET_AVX2 "sse4.2,pclmul,avx,avx2,bmi,bmi2,fma,popcnt"
#define VYRE_TARGET_AVX512 \
  VYRE_TARGET_AVX2 ",avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vpopcntdq"

/// Those that this processor runs, ascending; kBaseline at least.
std::vector<CpuLevel> cpu_levels();
/// The last of them.
CpuLevel best_cpu_level();
std::string_view name_of(CpuLevel level);

}  // namespace vyre::backend
