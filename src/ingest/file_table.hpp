#pragma once

#include <vector>

#include "base/check.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// Which entries of the ring's file table are free.
class FileTable {
 public:
  explicit FileTable(u32 entries) : entries_(entries) {
    free_.reserve(entries);
    for (u32 i = entries; i != 0; --i) free_.push_back(i - 1);
  }
  [[nodiscard]] bool empty() const noexcept { return free_.empty(); }
  u32 take() {
    VYRE_CHECK(!free_.empty());
    const u32 index = free_.back();
    free_.pop_back();
    return index;
  }
  void give_back(u32 index) {
    VYRE_CHECK(index < entries_ && free_.size() < entries_);
    free_.push_back(index);
  }

 private:
  u32 entries_;
  std::vector<u32> free_;
};

}  // namespace vyre::ingest
