#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "tests/simulation/coverage.hpp"

namespace vyre::simulation {

/// Chunks that were at workers which were lost: what such a worker may still write to is not used
/// again, and a chunk costs two workers at most.
class LostChunks {
 public:
  explicit LostChunks(Coverage& coverage) : coverage_(coverage) {}

  /// The worker that had the chunk, and would have written the outcome, is lost.
  void lose(std::span<const u8> chunk, const void* outcome);
  /// The chunk is published, `where` names the slot.
  void check_published(std::span<const u8> chunk, const void* outcome, const std::string& where);
  /// A read goes there: what stands there then is another chunk.
  void read_into(std::span<const std::byte> target);
  [[nodiscard]] u32 count() const noexcept { return count_; }

 private:
  Coverage& coverage_;
  u32 count_ = 0;
  std::set<const void*> retired_;
  /// By the chunk's place: workers that its content has cost.
  std::map<const void*, u32> by_place_;
};

}  // namespace vyre::simulation
