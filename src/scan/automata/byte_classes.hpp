#pragma once

#include <array>
#include <vector>

#include "scan/pattern/byte_set.hpp"

namespace vyre::scan {

/// A partition of the 256 byte values into classes that a family of sets cannot tell apart.
class ByteClasses {
 public:
  ByteClasses() = default;

  /// Splits every class that `set` cuts.
  void refine(const ByteSet& set);

  [[nodiscard]] u32 count() const { return static_cast<u32>(sizes_.size()); }
  [[nodiscard]] u32 of(u8 byte) const { return classes_[byte]; }
  [[nodiscard]] const std::array<u8, 256>& map() const { return classes_; }
  /// The classes that make up `set`, ascending. The set must be among the refined ones, or a union
  /// of them.
  [[nodiscard]] std::vector<u32> of(const ByteSet& set) const;
  /// A byte of each class.
  [[nodiscard]] std::vector<u8> representatives() const;

 private:
  std::array<u8, 256> classes_{};
  std::vector<u32> sizes_ = {256};
};

}  // namespace vyre::scan
