#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/replay/compare.hpp"
#include "runtime/replay/log_checks.hpp"
#include "runtime/replay/outcome_record.hpp"
#include "runtime/replay/replay_run.hpp"

// How slots run again: each in a lane, and what a lane's run left against what the log says.
namespace vyre::runtime::replay {

Status ReplayRun::run_slot(const SlotRecord& slot, Place place) {
  const u32 lane = next_lane_;
  next_lane_ = (next_lane_ + 1) % machine_->lanes();
  const auto bytes = machine_->bytes(lane, slot.arguments[wire::chunk_argument::kLength]);
  if (Status filled = input_.fill(slot, bytes); !filled) {
    // What was published before it comes before it.
    if (Status status = settle_all(); !status || report_.difference) return status;
    report_.difference = difference(ReplayDifference::Kind::kInput, &pending_.at(place));
    report_.difference->words = {filled.error().what};
    return {};
  }
  report_.counts.bytes += bytes.size();
  if (stream_->program->program.bounds().io_bytes != 0) {
    const auto& recorded = pending_.at(place).recorded;
    loads_.begin(lane, slot, recorded && is_the_programs(*recorded));
  }
  Status status = machine_->publish(
      lane,
      {.opcode = stream_->program->opcode,
       .tenant = slot.tenant,
       .priority = static_cast<wire::Priority>(std::min(slot.priority, u32(wire::Priority::kIdle))),
       .arguments = slot.arguments},
      slot.carry);
  if (!status) return status;
  lanes_[lane] = place;
  if (stream_->program->program.bounds().order == TileOrder::kSerial) return settle(lane);
  return {};
}

Status ReplayRun::run_waiting(Place place) {
  Pending& pending = pending_.at(place);
  if (!pending.waits_at) return {};
  const u64 position = *std::exchange(pending.waits_at, std::nullopt);
  const u64 number = pending.number;
  // Before the record is read, whose views would not outlive that of a load.
  if (Status status = free_lane(); !status || report_.difference) return status;
  SlotRecord slot;
  if (Status status = log_.again(position, slot); !status) return status;
  const bool same = slot.number == number && slot.tenant == stream_->tenant &&
                    what_is_wrong(slot, *session_).empty() && place_of(slot) == place;
  return same ? run_slot(slot, place) : tl::unexpected(log_.changed(position));
}

Status ReplayRun::free_lane() { return machine_->busy(next_lane_) ? settle(next_lane_) : Status(); }

Status ReplayRun::settle(u32 lane) {
  auto outcome = machine_->finish(lane, stream_->program->program.program().carry_words);
  if (!outcome) return tl::unexpected(std::move(outcome.error()));
  ++report_.counts.slots;
  report_.counts.loads = loads_.answered();
  if (options_.on_progress) options_.on_progress(report_.counts);
  Pending& pending = pending_.at(lanes_[lane]);
  if (stream_->program->program.bounds().io_bytes != 0) {
    auto loads = loads_.end(lane);
    if (!loads) return tl::unexpected(std::move(loads.error()));
    if (*loads) {
      report_.difference = difference(ReplayDifference::Kind::kLoad, &pending);
      report_.difference->load = (*loads)->load;
      report_.difference->words = {std::move((*loads)->what)};
      return {};
    }
  }
  pending.now = std::move(*outcome);
  compare(lanes_[lane]);
  return {};
}

// From the oldest on, so that the first difference is the log's first.
Status ReplayRun::settle_all() {
  for (u32 i = 0; i < machine_->lanes() && !report_.difference; ++i) {
    const u32 lane = (next_lane_ + i) % machine_->lanes();
    if (!machine_->busy(lane)) continue;
    if (Status status = settle(lane); !status) return status;
  }
  return {};
}

void ReplayRun::compare(Place place) {
  const auto found = pending_.find(place);
  const Pending& pending = found->second;
  if (!pending.recorded || !pending.now) return;
  if (!is_the_programs(*pending.recorded)) {
    give_up(place);
    return;
  }
  auto words = differences(stream_->program->program.program(), *pending.recorded, *pending.now);
  if (!words.empty()) {
    report_.difference = difference(ReplayDifference::Kind::kOutcome, &pending);
    report_.difference->words = std::move(words);
  }
  places_.erase(pending.number);
  pending_.erase(found);
}

void ReplayRun::give_up(Place place) {
  const auto found = pending_.find(place);
  if (found == pending_.end()) return;
  ++report_.counts.unfinished;
  stream_->unfinished = true;
  places_.erase(found->second.number);
  pending_.erase(found);
}

Status ReplayRun::run_rest() {
  std::vector<Place> waiting;
  // In the order in which they were published.
  for (const auto& [number, place] : places_) {
    if (pending_.at(place).waits_at) waiting.push_back(place);
  }
  for (const Place& place : waiting) {
    if (Status status = run_waiting(place); !status || report_.difference) return status;
  }
  if (Status status = settle_all(); !status || report_.difference) return status;
  while (!pending_.empty()) give_up(pending_.begin()->first);
  return {};
}

Status ReplayRun::compare_window(const StreamEndRecord& end) {
  const VerifiedProgram& program = stream_->program->program;
  if (end.window.empty()) return {};
  if (end.window.size() != program.bounds().window_words) {
    return malformed(fmt::format("a window of {} words, where the program declares {}",
                                 end.window.size(), program.bounds().window_words));
  }
  const bool serial = program.bounds().order == TileOrder::kSerial;
  if (stream_->unfinished || (stream_->faulted && !serial)) {
    ++report_.counts.windows_taken_over;
    return machine_->write_window(stream_->tenant, 0, end.window);
  }
  ++report_.counts.windows_compared;
  auto now = machine_->read_window(stream_->tenant, end.window.size());
  if (!now) return tl::unexpected(std::move(now.error()));
  auto words = window_differences(program.program(), end.window, *now);
  if (words.empty()) return {};
  report_.difference = difference(ReplayDifference::Kind::kWindow, nullptr);
  report_.difference->words = std::move(words);
  return {};
}

}  // namespace vyre::runtime::replay
