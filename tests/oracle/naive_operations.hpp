#pragma once

#include <map>

#include "vir0/isa.hpp"

// The instructions that are a function of one or two numbers, by opcode.
namespace vyre::oracle {

using ScalarUnary = u64 (*)(u64 a);
using ScalarBinary = u64 (*)(u64 a, u64 b);
using LaneUnary = u32 (*)(u32 a);
using LaneBinary = u32 (*)(u32 a, u32 b);
using LaneComparison = bool (*)(u32 a, u32 b);
using MaskLogic = bool (*)(bool a, bool b);

extern const std::map<vir0::Op, ScalarUnary> kScalarUnary;
extern const std::map<vir0::Op, ScalarBinary> kScalarBinary;
/// b is the immediate, zero-extended.
extern const std::map<vir0::Op, ScalarBinary> kScalarImmediate;
extern const std::map<vir0::Op, LaneUnary> kLaneUnary;
extern const std::map<vir0::Op, LaneBinary> kLaneBinary;
/// b is the immediate.
extern const std::map<vir0::Op, LaneBinary> kLaneImmediate;
extern const std::map<vir0::Op, LaneComparison> kComparisons;
/// b is the immediate.
extern const std::map<vir0::Op, LaneComparison> kImmediateComparisons;
extern const std::map<vir0::Op, MaskLogic> kMaskLogic;

}  // namespace vyre::oracle
