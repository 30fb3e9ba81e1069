#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "scan/checkpoint/progress_records.hpp"

struct XXH3_state_s;

namespace vyre::scan {

/// Follows an output from one OutputPoint to the next. Cost: a hash of each byte, about as fast as
/// memory.
class OutputChain {
 public:
  OutputChain();
  ~OutputChain();
  OutputChain(const OutputChain&) = delete;
  OutputChain& operator=(const OutputChain&) = delete;

  /// Goes on from `point`.
  void restart(const OutputPoint& point);
  /// The output's next bytes.
  void add(std::string_view text);
  /// After what was added; the point of restart() itself where that is nothing.
  [[nodiscard]] OutputPoint point() const;

 private:
  OutputPoint from_;
  std::uint64_t added_ = 0;
  XXH3_state_s* state_;
};

/// Reads an output again and compares it with the points that it should hold, in ascending order.
class OutputCheck {
 public:
  /// `descriptor` is readable and stays the caller's; `begin` is taken as true.
  OutputCheck(int descriptor, const OutputPoint& begin);

  /// The bytes from the last point that held up to `next` are what was written. Error: Syscall.
  Result<bool> holds(const OutputPoint& next);
  [[nodiscard]] const OutputPoint& last() const noexcept { return last_; }

 private:
  int descriptor_;
  OutputPoint last_;
  OutputChain chain_;
  std::unique_ptr<char[]> block_;
};

}  // namespace vyre::scan
