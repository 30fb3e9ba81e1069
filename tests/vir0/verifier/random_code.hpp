#pragma once

#include <cstdint>

#include "vyre/program.hpp"

namespace vyre::testing {

struct RandomCode {
  /// Of each kind, from 0 on, that the code behind the prologue touches.
  static constexpr std::uint32_t kUsedRegisters = 5;

  Program program;
  /// Instructions that set all registers, before the first that reads any.
  std::uint32_t prologue;
};

/// A program that verify() accepts, of few registers, so that values, masks and offsets meet:
/// ranges and masks of offsets, loops that count, branches, accesses that may be out of range. The
/// same for the same seed.
RandomCode random_code(std::uint64_t seed);

}  // namespace vyre::testing
