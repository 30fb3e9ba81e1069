#pragma once

#include <string>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::bench::gpu {

/// The set of records that a task finds, as a number that does not depend on their order: equal
/// sets have equal digests, and different ones hardly ever.
class RecordDigest {
 public:
  void add(u64 offset, u32 value) noexcept {
    ++count_;
    sum_ += mix(offset ^ mix(value + u64{0x9E3779B97F4A7C15}));
  }
  void add(const RecordDigest& other) noexcept {
    count_ += other.count_;
    sum_ += other.sum_;
  }
  [[nodiscard]] u64 count() const noexcept { return count_; }
  friend bool operator==(const RecordDigest&, const RecordDigest&) = default;

 private:
  static u64 mix(u64 word) noexcept {
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9;
    word = (word ^ word >> 27) * 0x94D049BB133111EB;
    return word ^ word >> 31;
  }
  u64 count_ = 0;
  u64 sum_ = 0;
};

/// What a task finds out about its bytes, however it is done: result words, and records whose
/// offsets count from the first byte.
struct Answer {
  std::vector<u64> words;
  RecordDigest records;
  friend bool operator==(const Answer&, const Answer&) = default;
};

}  // namespace vyre::bench::gpu
