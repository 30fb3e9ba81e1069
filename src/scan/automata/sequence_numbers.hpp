#pragma once

#include <span>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::scan {

/// Gives equal numbers to equal sequences of words, counting up in order of first occurrence. Keys
/// are kept and compared in full: a hash that collides costs time only.
class SequenceNumbers {
 public:
  u32 number(std::span<const u32> key);
  [[nodiscard]] u32 count() const { return static_cast<u32>(entries_.size()); }
  /// The sequence of a number; valid until the next call of `number`.
  [[nodiscard]] std::span<const u32> key(u32 number) const;
  void clear();

 private:
  struct Entry {
    u64 hash;
    std::size_t begin;
    std::size_t length;
  };
  void grow();

  std::vector<u32> words_;
  std::vector<Entry> entries_;
  /// Open addressing; number + 1, 0 where free. A power of two, at most half full.
  std::vector<u32> slots_;
};

}  // namespace vyre::scan
