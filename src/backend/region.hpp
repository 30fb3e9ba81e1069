#pragma once

#include <cstddef>
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
  [[nodiscard]] std::uint32_t outcome_count() const;
  /// The chunk's part of each result word that the program declares, in their order.
  [[nodiscard]] std::span<const std::uint64_t> results(std::uint32_t index) const;
  /// What the program copied to its output; empty where it overflowed.
  [[nodiscard]] std::span<const std::byte> output(std::uint32_t index) const;
  /// output_bytes exceeded the capacity: no byte was kept.
  [[nodiscard]] bool output_overflowed(std::uint32_t index) const;
  [[nodiscard]] std::uint64_t output_capacity() const;
  /// The carry words of outcome `index`, all wire::kOutcomeCarryWords: the host writes the file's
  /// carry before it publishes the chunk (0 for a file's first), and reads it when the slot is
  /// finished. Never while the slot is published. Programs without carry leave them as they are.
  [[nodiscard]] std::span<std::uint64_t> carry(std::uint32_t index) const;
  /// Sets the times of outcome `index` to 0: what they are where no run follows. As carry().
  void clear_times(std::uint32_t index) const;

  /// The inbox of outcome `index`, whole: what a LOAD_MISS that ended well has brought stands at
  /// its beginning. Only while the slot that asked is finished and unreleased. Empty where there is
  /// none.
  [[nodiscard]] std::span<const std::byte> inbox(std::uint32_t index) const;

 private:
  void remove() noexcept;
  [[nodiscard]] std::byte* memory(std::uint32_t index) const;

  std::shared_ptr<RegionTable> table_;
  std::uint32_t id_ = 0;
};

}  // namespace vyre::backend
