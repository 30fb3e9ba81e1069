#pragma once

#include "wire/platform.hpp"

// How two parts of a result word become one, on host and device. The numbers are those of
// vyre::Combine (vyre/program.hpp), which wire cannot see; vir0/result_combine.cpp proves it.
namespace vyre::wire {

enum class CombineKind : u8 { kSum = 0, kMin = 1, kMax = 2, kOr = 3, kXor = 4, kCrc32c = 5 };

/// What a word holds before anything is combined into it.
VYRE_HOST_DEVICE constexpr u64 combine_identity(CombineKind kind) {
  return kind == CombineKind::kMin ? ~u64{0} : 0;
}

VYRE_HOST_DEVICE constexpr u64 combine_words(CombineKind kind, u64 a, u64 b) {
  switch (kind) {
    case CombineKind::kSum:
      return a + b;
    case CombineKind::kMin:
      return a < b ? a : b;
    case CombineKind::kMax:
      return a > b ? a : b;
    case CombineKind::kOr:
      return a | b;
    case CombineKind::kXor:
    case CombineKind::kCrc32c:
      return a ^ b;
  }
  return a;
}

}  // namespace vyre::wire
