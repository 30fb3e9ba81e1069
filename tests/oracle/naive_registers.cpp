#include <algorithm>

#include "tests/oracle/naive_machine.hpp"
#include "tests/oracle/naive_operations.hpp"

// The instructions that touch registers alone.
namespace vyre::oracle {

using vir0::Instruction;
using vir0::Op;

bool NaiveMachine::run_scalar(Instruction i) {
  std::optional<u64>& dst = registers_.scalars.at(i.dst % vir0::kScalarRegisters);
  if (const auto unary = kScalarUnary.find(i.op); unary != kScalarUnary.end()) {
    dst = unary->second(scalar(i.a));
    return true;
  }
  if (const auto binary = kScalarBinary.find(i.op); binary != kScalarBinary.end()) {
    dst = binary->second(scalar(i.a), scalar(i.b));
    return true;
  }
  if (const auto immediate = kScalarImmediate.find(i.op); immediate != kScalarImmediate.end()) {
    dst = immediate->second(scalar(i.a), i.immediate);
    return true;
  }
  switch (i.op) {
    case Op::kScalarConst:
      dst = i.immediate;
      return true;
    case Op::kScalarConstHigh:
      dst = (u64{i.immediate} << 32) | (scalar(i.dst) & 0xFFFFFFFF);
      return true;
    case Op::kScalarInput: {
      const std::array<u64, 4> inputs = {tile_.offset(), tile_.length(), tile_.before(),
                                         tile_.after()};
      dst = inputs.at(i.immediate);
      return true;
    }
    case Op::kScalarSelect:
      dst = scalar(i.immediate) != 0 ? scalar(i.a) : scalar(i.b);
      return true;
    default:
      return false;
  }
}

bool NaiveMachine::run_vector(Instruction i) {
  const auto unary = kLaneUnary.find(i.op);
  const auto binary = kLaneBinary.find(i.op);
  const auto immediate = kLaneImmediate.find(i.op);
  Lanes dst{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (unary != kLaneUnary.end()) {
      dst[lane] = unary->second(vector(i.a)[lane]);
    } else if (binary != kLaneBinary.end()) {
      dst[lane] = binary->second(vector(i.a)[lane], vector(i.b)[lane]);
    } else if (immediate != kLaneImmediate.end()) {
      dst[lane] = immediate->second(vector(i.a)[lane], i.immediate);
    } else if (i.op == Op::kVectorLane) {
      dst[lane] = lane;
    } else if (i.op == Op::kVectorSplat) {
      dst[lane] = static_cast<u32>(scalar(i.a));
    } else if (i.op == Op::kVectorConst) {
      dst[lane] = i.immediate;
    } else if (i.op == Op::kVectorSelect) {
      dst[lane] = mask(i.immediate)[lane] ? vector(i.a)[lane] : vector(i.b)[lane];
    } else if (i.op == Op::kVectorShuffle) {
      dst[lane] = vector(i.a)[vector(i.b)[lane] % kLanes];
    } else {
      return false;
    }
  }
  registers_.vectors.at(i.dst) = dst;
  return true;
}

bool NaiveMachine::run_across_lanes(Instruction i) {
  if (i.op < Op::kVectorScanAdd || i.op > Op::kVectorReduceOr) return false;
  const Lanes& a = vector(i.a);
  Lanes sums{};
  Lanes sums_before{};
  Lanes maxima{};
  u64 sum = 0;
  u32 low = a[0];
  u32 high = 0;
  u32 any = 0;
  for (u32 lane = 0; lane < kLanes; ++lane) {
    sums_before[lane] = static_cast<u32>(sum);
    sum += a[lane];
    low = std::min(low, a[lane]);
    high = std::max(high, a[lane]);
    any |= a[lane];
    sums[lane] = static_cast<u32>(sum);
    maxima[lane] = high;
  }
  if (i.op == Op::kVectorScanAdd) registers_.vectors.at(i.dst) = sums;
  if (i.op == Op::kVectorScanAddExclusive) registers_.vectors.at(i.dst) = sums_before;
  if (i.op == Op::kVectorScanMax) registers_.vectors.at(i.dst) = maxima;
  if (i.op == Op::kVectorExtract) registers_.scalars.at(i.dst) = a[scalar(i.b) % kLanes];
  if (i.op == Op::kVectorReduceAdd) registers_.scalars.at(i.dst) = sum;
  if (i.op == Op::kVectorReduceMin) registers_.scalars.at(i.dst) = low;
  if (i.op == Op::kVectorReduceMax) registers_.scalars.at(i.dst) = high;
  if (i.op == Op::kVectorReduceOr) registers_.scalars.at(i.dst) = any;
  return true;
}

bool NaiveMachine::run_mask(Instruction i) {
  const auto comparison = kComparisons.find(i.op);
  const auto immediate = kImmediateComparisons.find(i.op);
  const auto logic = kMaskLogic.find(i.op);
  Mask dst{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (comparison != kComparisons.end()) {
      dst[lane] = comparison->second(vector(i.a)[lane], vector(i.b)[lane]);
    } else if (immediate != kImmediateComparisons.end()) {
      dst[lane] = immediate->second(vector(i.a)[lane], i.immediate);
    } else if (logic != kMaskLogic.end()) {
      dst[lane] = logic->second(mask(i.a)[lane], mask(i.b)[lane]);
    } else if (i.op == Op::kMaskNot) {
      dst[lane] = !mask(i.a)[lane];
    } else if (i.op == Op::kMaskConst) {
      dst[lane] = i.immediate == 1;
    } else if (i.op == Op::kMaskOfBits) {
      const u64 bits = scalar(lane < 64 ? i.a : i.b);
      dst[lane] = ((bits >> (lane % 64)) & 1) != 0;
    } else {
      return false;
    }
  }
  registers_.masks.at(i.dst) = dst;
  return true;
}

bool NaiveMachine::run_ballot(Instruction i) {
  if (i.op < Op::kMaskBallot || i.op > Op::kMaskLast) return false;
  const Mask& a = mask(i.a);
  u64 bits = 0;
  u64 count = 0;
  u64 first = kLanes;
  u64 last = kLanes;
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (!a[lane]) continue;
    if (lane / 64 == i.immediate) bits |= u64{1} << (lane % 64);
    ++count;
    if (first == kLanes) first = lane;
    last = lane;
  }
  if (i.op == Op::kMaskBallot) registers_.scalars.at(i.dst) = bits;
  if (i.op == Op::kMaskCount) registers_.scalars.at(i.dst) = count;
  if (i.op == Op::kMaskFirst) registers_.scalars.at(i.dst) = first;
  if (i.op == Op::kMaskLast) registers_.scalars.at(i.dst) = last;
  return true;
}

}  // namespace vyre::oracle
