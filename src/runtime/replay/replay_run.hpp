#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/replay/input_reader.hpp"
#include "runtime/replay/log_reader.hpp"
#include "runtime/replay/replay_loads.hpp"
#include "runtime/replay/replay_machine.hpp"
#include "vyre/replay.hpp"

namespace vyre::runtime::replay {

/// One replay, from the log's first record to its end or the first difference. The slots of a
/// program that keeps state in its window run one at a time; others as many as there are lanes. A
/// slot of a program that loads is run when its outcome has been read, or there will be none: then
/// all that it loaded is known. One thread.
class ReplayRun {
 public:
  ReplayRun(LogReader log, const ReplayOptions& options)
      : log_(std::move(log)), options_(options) {}
  ReplayRun(const ReplayRun&) = delete;
  ReplayRun& operator=(const ReplayRun&) = delete;

  Result<ReplayReport> run();

 private:
  struct LoadedProgram {
    VerifiedProgram program;
    u32 opcode;
  };
  /// A stream of the log under way.
  struct Stream {
    u32 tenant = 0;
    const LoadedProgram* program = nullptr;
    ContentHash hash{};
    /// What the runs leave in the window is not a function of the log.
    bool faulted = false;
    bool unfinished = false;
  };
  /// A slot whose recorded outcome, or whose run, is still to come.
  struct Pending {
    u64 number = 0;
    u32 ring = 0;
    std::vector<ReplayDifference::Source> sources;
    std::size_t more_sources = 0;
    /// Where the slot's record begins, until it is run.
    std::optional<u64> waits_at;
    std::optional<OutcomeRecord> recorded;
    std::optional<OutcomeRecord> now;
  };
  /// A slot of the recording session: ring and index.
  using Place = std::pair<u32, u32>;
  using ProgramKey = std::pair<u32, ContentHash>;

  Status take_record(const RawRecord& record);
  template <class Record>
  Status take_as(const RawRecord& record);
  Status take(const SessionRecord& session);
  Status take(const ProgramRecord& program);
  Status take(const WindowRecord& window);
  Status take(const StreamRecord& stream);
  Status take(const ResourceRecord& resource);
  Status take(const SlotRecord& slot);
  Status take(const LoadRecord& load);
  Status take(OutcomeRecord& outcome);
  Status take(const StreamEndRecord& end);
  Status take(const EndRecord& end);

  [[nodiscard]] Status check(const SlotRecord& slot) const;
  static Place place_of(const SlotRecord& slot) {
    return {slot.ring, slot.arguments[wire::chunk_argument::kOutcome]};
  }
  /// Runs the slot in the next lane, which is free.
  Status run_slot(const SlotRecord& slot, Place place);
  /// Runs the slot at the place, where it waits.
  Status run_waiting(Place place);
  /// Makes the next lane free.
  Status free_lane();
  Status settle(u32 lane);
  Status settle_all();
  /// The place has a slot whose outcome will not come any more; it has run.
  void give_up(Place place);
  /// The same for all places: runs what waits there, and settles all.
  Status run_rest();
  void compare(Place place);
  Status compare_window(const StreamEndRecord& end);
  [[nodiscard]] tl::unexpected<Error> malformed(const std::string& what) const {
    return tl::unexpected(log_.malformed(what));
  }
  ReplayDifference difference(ReplayDifference::Kind kind, const Pending* slot) const;

  LogReader log_;
  const ReplayOptions& options_;
  ReplayReport report_;
  std::optional<SessionRecord> session_;
  ReplayLoads loads_{log_};
  std::unique_ptr<ReplayMachine> machine_;
  InputReader input_;
  std::map<ProgramKey, LoadedProgram> programs_;
  std::optional<Stream> stream_;
  std::map<Place, Pending> pending_;
  /// By number.
  std::map<u64, Place> places_;
  /// By lane: whose slot it runs.
  std::vector<Place> lanes_;
  u32 next_lane_ = 0;
  u64 outcomes_ = 0;
  u64 loads_read_ = 0;
  bool ended_ = false;
};

}  // namespace vyre::runtime::replay
