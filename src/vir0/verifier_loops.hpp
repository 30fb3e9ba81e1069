#pragma once

#include "vir0/verifier_transfer.hpp"

namespace vyre::vir0 {

/// What the bodies of a program's loops write.
class LoopEffects {
 public:
  explicit LoopEffects(const Code& code);

  /// Makes the state at `repeat` one that holds wherever a run of the body begins: forgets what the
  /// body writes, but for counters (registers that it writes by one addition of a constant to
  /// themselves), which its runs bound.
  void widen(const Code& code, u32 repeat, Transfer& transfer, RegisterState& state) const;

 private:
  static constexpr u32 kRegisters = kScalarRegisters + kVectorRegisters + kMaskRegisters;
  /// Per register: how many instructions write it (2 for more), and the last of them.
  struct Body {
    std::array<u8, kRegisters> writers{};
    std::array<u32, kRegisters> writer{};
  };

  static void record(const Code& code, u32 at, Body& body);
  [[nodiscard]] const Body& body_of(u32 repeat) const;

  std::vector<Body> bodies_;
  /// Index in bodies_, by instruction.
  std::vector<u32> body_at_;
};

}  // namespace vyre::vir0
