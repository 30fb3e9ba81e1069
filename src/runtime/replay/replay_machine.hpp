#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "backend/megakernel.hpp"
#include "memory/mapped_buffer.hpp"
#include "runtime/replay/log_records.hpp"
#include "runtime/slot_observer.hpp"
#include "vyre/backend.hpp"

namespace vyre::runtime::replay {

/// What a machine's runs load.
class LoadAnswers {
 public:
  virtual ~LoadAnswers() = default;
  /// The status that the lane's run gets for its request; where that is kOk, all of `inbox`, which
  /// has as many bytes as were asked for, is filled.
  virtual u32 answer(u32 lane, const backend::LoadRequest& request, std::span<std::byte> inbox) = 0;
};

/// A megakernel with one queue and a few *lanes*: places for a slot's bytes with an outcome each.
/// One thread.
class ReplayMachine {
 public:
  /// Launches the backend's workers over lanes of `slot_bytes`. `answers` outlives the machine, and
  /// is asked while finish() waits. Errors: those of the backend.
  static Result<std::unique_ptr<ReplayMachine>> create(const BackendChoice& choice,
                                                       unsigned cpu_workers, u32 slot_bytes,
                                                       u32 window_words, LoadAnswers& answers);
  ~ReplayMachine();
  ReplayMachine(const ReplayMachine&) = delete;
  ReplayMachine& operator=(const ReplayMachine&) = delete;

  Result<u32> load(const VerifiedProgram& program, u32 tenant) {
    return megakernel_->load(program, tenant);
  }
  /// Gives each lane an outcome with this room; no lane is busy. Errors: those of add_region().
  Status make_room(u32 records, u64 output_bytes, u32 inbox_bytes);
  /// Lanes that there are; 1 or more after make_room().
  [[nodiscard]] u32 lanes() const noexcept { return lanes_; }
  [[nodiscard]] bool busy(u32 lane) const { return positions_[lane].has_value(); }
  /// The lane's first `length` bytes, to be filled while it is not busy.
  [[nodiscard]] std::span<std::byte> bytes(u32 lane, u32 length) const;

  /// Publishes the item for the lane: its place, outcome and region become the lane's.
  Status publish(u32 lane, backend::WorkItem item, std::span<const u64> carry);
  /// Waits for the lane's run, answering what all lanes' load meanwhile, and returns what it left.
  /// Errors: what broke the machine.
  Result<OutcomeRecord> finish(u32 lane, u32 carry_words);

  Status write_window(u32 tenant, u32 first, std::span<const u32> words) {
    return megakernel_->write_window(tenant, first, words);
  }
  Result<std::vector<u32>> read_window(u32 tenant, std::size_t words) const;
  [[nodiscard]] const BackendDescription& description() const noexcept { return description_; }

 private:
  ReplayMachine(BackendDescription description, LoadAnswers& answers)
      : description_(std::move(description)), answers_(answers) {}
  Status wait(u32 position);
  void sleep_until(u32 position);
  /// True where there was any.
  bool answer_loads();
  u32 answer(const backend::LoadRequest& request);

  BackendDescription description_;
  LoadAnswers& answers_;
  u32 slot_bytes_ = 0;
  u32 most_lanes_ = 0;
  u32 lanes_ = 0;
  /// Destroyed in reverse: the region goes before the memory that it maps.
  std::unique_ptr<backend::Megakernel> megakernel_;
  std::optional<memory::MappedBuffer> buffer_;
  backend::Region region_;
  /// By lane, while it is busy.
  std::vector<std::optional<u32>> positions_;
};

}  // namespace vyre::runtime::replay
