#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "wire/outcome.hpp"

namespace vyre::backend {

class RegionTable;

/// Mapped data that programs may read, and the outcomes that they write, registered with a
/// Megakernel. Move-only. Destruction waits until no worker touches it; slots that name it later
/// end in FAULT kUnknownRegion. Declare it AFTER the buffer that it maps, so that it goes first.
class Region {
 public:
  Region() noexcept = default;
  Region(std::shared_ptr<RegionTable> table, std::uint32_t id) noexcept;
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  ~Region();

  /// For chunk_argument::kRegion.
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  /// Outcome `index`; only while the slot that wrote it is finished and unreleased.
  [[nodiscard]] const wire::OutcomeHeader& outcome(std::uint32_t index) const;
  /// Its records, ascending by offset, then value; empty where it overflowed.
  [[nodiscard]] std::span<const wire::Record> records(std::uint32_t index) const;
  /// record_count exceeded the capacity: no record was kept.
  [[nodiscard]] bool overflowed(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t record_capacity() const;

 private:
  void remove() noexcept;

  std::shared_ptr<RegionTable> table_;
  std::uint32_t id_ = 0;
};

}  // namespace vyre::backend
