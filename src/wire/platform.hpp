#pragma once

#include <cstdint>

/// Marks a function that compiles for the host and, under nvcc, for the device too.
#if defined(__CUDACC__)
#define VYRE_HOST_DEVICE __host__ __device__
#else
#define VYRE_HOST_DEVICE
#endif

namespace vyre {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

}  // namespace vyre
