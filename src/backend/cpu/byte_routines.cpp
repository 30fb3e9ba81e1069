#include "backend/cpu/byte_routines.hpp"

#include "backend/cpu/byte_routines_x86.hpp"

namespace vyre::backend {

const ByteRoutines* byte_routines(CpuLevel level) {
#if defined(__x86_64__)
  static constexpr ByteRoutines kAvx2{count_avx2, class_bits_avx2, find_pairs_avx2, crc32c_avx2,
                                      crc32c_multiply_avx2};
  static constexpr ByteRoutines kAvx512{count_avx512, class_bits_avx512, find_pairs_avx512,
                                        crc32c_avx2, crc32c_multiply_avx2};
  if (level == CpuLevel::kAvx2) return &kAvx2;
  if (level == CpuLevel::kAvx512) return &kAvx512;
#endif
  return nullptr;
}

}  // namespace vyre::backend
