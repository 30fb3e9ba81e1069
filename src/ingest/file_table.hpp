#pragma once

#include <vector>

#include "base/check.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// Which of the entries [first, first + count) of the ring's file table are free.
class FileTable {
 public:
  FileTable(u32 first, u32 count) : first_(first), count_(count) {
    free_.reserve(count);
    for (u32 i = count; i != 0; --i) free_.push_back(first + i - 1);
  }
  [[nodiscard]] bool empty() const noexcept { return free_.empty(); }
  u32 take() {
    VYRE_CHECK(!free_.empty());
    const u32 index = free_.back();
    free_.pop_back();
    return index;
  }
  void give_back(u32 index) {
    VYRE_CHECK(index >= first_ && index - first_ < count_ && free_.size() < count_);
    free_.push_back(index);
  }

 private:
  u32 first_;
  u32 count_;
  std::vector<u32> free_;
};

}  // namespace vyre::ingest
