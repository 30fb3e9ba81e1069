#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/replay/input_reader.hpp"
#include "runtime/replay/log_reader.hpp"
#include "runtime/replay/replay_machine.hpp"
#include "wire/control.hpp"

namespace vyre::runtime::replay {

/// The first load of a run that is not the recorded one.
struct LoadDifference {
  /// Counts the run's loads, from 0.
  u64 load = 0;
  std::string what;
};

/// Answers the loads of runs that are repeated with what the log says of them. Holds 8 bytes for
/// each load of slots that have not ended; the rest is read from the log when it is asked for. One
/// thread.
class ReplayLoads final : public LoadAnswers {
 public:
  /// The log outlives it, and may not move.
  explicit ReplayLoads(LogReader& log) : log_(log) {}

  // Records of the log, in its order. Each says what makes no sense of them; nothing where all
  // does.
  std::string take(ResourceRecord resource);
  /// The record is the one that the log gave last. `places`: slots that the session can have under
  /// way at once.
  std::string take(const LoadRecord& load, std::size_t places);
  /// Those that no run has taken up, if any: their slot's number.
  [[nodiscard]] std::optional<u64> slot_left() const;

  /// The lane is about to run a slot of a program that loads. `whole`: the recorded run came to an
  /// end by itself, so that it loaded nothing else.
  void begin(u32 lane, const SlotRecord& slot, bool whole);
  /// After a difference, and beyond what is known of a run, loads are cancelled: it ends soon.
  u32 answer(u32 lane, const backend::LoadRequest& request, std::span<std::byte> inbox) override;
  /// Loads that were answered so far, as recorded.
  [[nodiscard]] u64 answered() const noexcept { return answered_; }
  /// The lane's run is over: how its loads differ, if they do. Errors: the log's.
  Result<std::optional<LoadDifference>> end(u32 lane);

 private:
  struct Run {
    u64 number = 0;
    u32 tenant = 0;
    bool whole = false;
    /// Where the loads' records begin.
    std::vector<u64> positions = {};
    u64 next = 0;
    std::optional<LoadDifference> difference = std::nullopt;
  };

  Status read(const Run& run, u64 load, LoadRecord& record);
  /// Nothing where the request is the recorded one and the bytes, if any, are.
  std::string compare(const Run& run, const LoadRecord& record, const backend::LoadRequest& request,
                      std::span<std::byte> inbox);
  [[nodiscard]] const RecordedFile* resource(u32 tenant, u32 handle) const;

  LogReader& log_;
  InputReader reader_;
  std::array<std::vector<RecordedFile>, wire::kMaxTenants> resources_;
  /// By slot number, of slots that have not begun.
  std::map<u64, std::vector<u64>> known_;
  /// By lane.
  std::vector<Run> runs_;
  u64 answered_ = 0;
  /// The log could not be read again.
  Status status_;
};

}  // namespace vyre::runtime::replay
