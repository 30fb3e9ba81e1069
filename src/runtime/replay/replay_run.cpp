#include "runtime/replay/replay_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <span>
#include <thread>
#include <utility>

#include "base/checked.hpp"
#include "ingest/chunk_plan.hpp"
#include "runtime/fault_text.hpp"
#include "runtime/replay/compare.hpp"
#include "runtime/replay/log_frame.hpp"
#include "wire/control.hpp"

namespace vyre::runtime::replay {
namespace {

// What a session takes (SessionOptions).
constexpr u32 kMostRings = 256;
constexpr u32 kMostSlots = 64;
constexpr u32 kLeastSlotBytes = 32u << 10;
constexpr u32 kMostSlotBytes = 64u << 20;
constexpr u32 kMostRecords = 1u << 20;
constexpr u32 kMostWindowWords = 1u << 20;
// Files of a slot that a difference names.
constexpr std::size_t kMostSources = 8;

std::string hex(const ContentHash& hash) {
  std::string text;
  for (const std::byte byte : hash) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

bool is_sound(const SessionRecord& session) {
  return session.rings >= 1 && session.rings <= kMostRings && session.slots_per_ring >= 1 &&
         session.slots_per_ring <= kMostSlots && session.slot_bytes >= kLeastSlotBytes &&
         session.slot_bytes <= kMostSlotBytes && session.slot_bytes % 4096 == 0 &&
         session.window_words >= 1 && session.window_words <= kMostWindowWords &&
         (session.backend_kind == static_cast<u32>(BackendKind::kCpu) ||
          session.backend_kind == static_cast<u32>(BackendKind::kCuda));
}

bool is_fault(const OutcomeRecord& outcome) {
  return outcome.status == static_cast<u32>(wire::SlotStatus::kFault);
}

/// The outcome is the program's own doing, so that it must come again. Others are what the host or
/// the machine did to the slot: took it back, lost its worker.
bool is_the_programs(const OutcomeRecord& outcome) {
  return !is_fault(outcome) || is_program_fault(static_cast<wire::FaultCode>(outcome.fault_code));
}

}  // namespace

Result<ReplayReport> ReplayRun::run() {
  while (!report_.difference) {
    const auto record = log_.next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) break;
    if (Status status = take_record(**record); !status) {
      return tl::unexpected(std::move(status.error()));
    }
  }
  if (!session_) return malformed("it was cut before anything was recorded");
  if (!report_.difference && machine_) {
    if (Status status = settle_all(); !status) return tl::unexpected(std::move(status.error()));
  }
  report_.cut = !report_.difference && !ended_;
  if (report_.cut) report_.counts.unfinished += pending_.size();
  return report_;
}

template <class Record>
Status ReplayRun::take_as(const RawRecord& raw) {
  Record record;
  if (!read_record(raw.content, record)) {
    return malformed(fmt::format("{} bytes are no record of kind {}", raw.content.size(),
                                 static_cast<u32>(raw.kind)));
  }
  return take(record);
}

Status ReplayRun::take_record(const RawRecord& record) {
  if (ended_) return malformed("a record behind the log's end");
  if ((record.kind == RecordKind::kSession) == session_.has_value()) {
    return malformed("a log has one session, which comes first");
  }
  switch (record.kind) {
    case RecordKind::kSession:
      return take_as<SessionRecord>(record);
    case RecordKind::kProgram:
      return take_as<ProgramRecord>(record);
    case RecordKind::kWindow:
      return take_as<WindowRecord>(record);
    case RecordKind::kStream:
      return take_as<StreamRecord>(record);
    case RecordKind::kSlot:
      return take_as<SlotRecord>(record);
    case RecordKind::kOutcome:
      return take_as<OutcomeRecord>(record);
    case RecordKind::kStreamEnd:
      return take_as<StreamEndRecord>(record);
    case RecordKind::kEnd:
      return take_as<EndRecord>(record);
  }
  return malformed(fmt::format("there is no kind of record {}", static_cast<u32>(record.kind)));
}

Status ReplayRun::take(const SessionRecord& session) {
  if (!is_sound(session)) return malformed("no session has this geometry");
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  auto machine =
      ReplayMachine::create(options_.backend, options_.workers != 0 ? options_.workers : cores,
                            session.slot_bytes, session.window_words);
  if (!machine) return tl::unexpected(std::move(machine.error()));
  machine_ = std::move(*machine);
  session_ = session;
  report_.recorded = {.kind = static_cast<BackendKind>(session.backend_kind),
                      .name = session.backend_name,
                      .uuid = session.backend_uuid};
  report_.replayed = machine_->description();
  return {};
}

Status ReplayRun::take(const ProgramRecord& record) {
  if (stream_) return malformed("a program in the midst of a stream");
  if (record.tenant >= wire::kMaxTenants) return malformed("there is no such tenant");
  auto program = decode(record.encoded);
  if (!program) return malformed("the program: " + program.error().what);
  if (content_hash(*program) != record.hash) {
    return malformed(fmt::format("the program's hash is {}, and the log says {}",
                                 hex(content_hash(*program)), hex(record.hash)));
  }
  auto verified = verify(std::move(*program));
  if (!verified) return malformed("the program: " + verified.error().what);
  if (verified->bounds().io_bytes != 0) {
    return malformed("the program loads from resources, whose bytes no log holds");
  }
  if (programs_.contains({record.tenant, record.hash})) return {};
  const auto opcode = machine_->load(*verified, record.tenant);
  if (!opcode) return tl::unexpected(opcode.error());
  programs_.emplace(ProgramKey{record.tenant, record.hash},
                    LoadedProgram{std::move(*verified), *opcode});
  ++report_.counts.programs;
  return {};
}

Status ReplayRun::take(const WindowRecord& window) {
  if (stream_) return malformed("the host's write to a window in the midst of a stream");
  return machine_->write_window(window.tenant, window.first, window.words);
}

Status ReplayRun::take(const StreamRecord& record) {
  if (stream_) return malformed("a stream in the midst of another");
  const auto program = programs_.find({record.tenant, record.program});
  if (program == programs_.end()) {
    return malformed(fmt::format("the log does not hold the program {}", hex(record.program)));
  }
  const u64 most_output = u64{program->second.program.bounds().output_per_tile} *
                          ingest::most_tiles(session_->slot_bytes);
  if (record.record_capacity == 0 || record.record_capacity > kMostRecords ||
      record.output_capacity > most_output) {
    return malformed(fmt::format("outcomes of {} records and {} bytes of output",
                                 record.record_capacity, record.output_capacity));
  }
  if (Status status = machine_->make_room(record.record_capacity, record.output_capacity);
      !status) {
    return status;
  }
  lanes_.assign(machine_->lanes(), {});
  next_lane_ = 0;
  stream_ = Stream{.tenant = record.tenant, .program = &program->second, .hash = record.program};
  ++report_.counts.streams;
  return {};
}

Status ReplayRun::check(const SlotRecord& slot) const {
  namespace argument = wire::chunk_argument;
  if (!stream_) return malformed("a slot outside of any stream");
  if (slot.tenant != stream_->tenant || slot.program != stream_->hash) {
    return malformed(fmt::format("slot {} runs the program {} of tenant {}, the stream another",
                                 slot.number, hex(slot.program), slot.tenant));
  }
  if (slot.ring >= session_->rings ||
      slot.arguments[argument::kOutcome] >= session_->slots_per_ring) {
    return malformed(fmt::format("slot {} of ring {} has a place that the session has not",
                                 slot.number, slot.ring));
  }
  const u32 length = slot.arguments[argument::kLength];
  if (length > session_->slot_bytes) {
    return malformed(
        fmt::format("slot {} has {} bytes of {}", slot.number, length, session_->slot_bytes));
  }
  if (places_.contains(slot.number)) {
    return malformed(fmt::format("slot {} is there twice", slot.number));
  }
  return check_sources(slot, length);
}

Status ReplayRun::check_sources(const SlotRecord& slot, u32 length) const {
  for (const InputExtent& extent : slot.extents) {
    if (!base::range_fits(extent.slot_offset, extent.length, length)) {
      return malformed(fmt::format("slot {} of {} bytes has {} bytes at {}", slot.number, length,
                                   extent.length, extent.slot_offset));
    }
    if (extent.path.size() >= PATH_MAX) {
      return malformed(
          fmt::format("slot {} has a path of {} bytes", slot.number, extent.path.size()));
    }
  }
  return {};
}

Status ReplayRun::take(const SlotRecord& slot) {
  namespace argument = wire::chunk_argument;
  if (Status status = check(slot); !status) return status;
  const Place place{slot.ring, slot.arguments[argument::kOutcome]};
  if (pending_.contains(place)) {
    if (Status status = settle_all(); !status || report_.difference) return status;
    give_up(place);
  }
  if (Status status = free_lane(); !status || report_.difference) return status;
  const u32 lane = next_lane_;
  next_lane_ = (next_lane_ + 1) % machine_->lanes();
  Pending pending;
  pending.number = slot.number;
  pending.ring = slot.ring;
  const std::size_t shown = std::min(slot.extents.size(), kMostSources);
  for (const InputExtent& extent : std::span(slot.extents).first(shown)) {
    pending.sources.push_back({extent.path, extent.offset, extent.length});
  }
  pending.more_sources = slot.extents.size() - shown;
  const auto bytes = machine_->bytes(lane, slot.arguments[argument::kLength]);
  if (Status filled = input_.fill(slot, bytes); !filled) {
    // What was published before it comes before it.
    if (Status status = settle_all(); !status || report_.difference) return status;
    report_.difference = difference(ReplayDifference::Kind::kInput, &pending);
    report_.difference->words = {filled.error().what};
    return {};
  }
  report_.counts.bytes += bytes.size();
  Status status = machine_->publish(
      lane,
      {.opcode = stream_->program->opcode,
       .tenant = slot.tenant,
       .priority = static_cast<wire::Priority>(std::min(slot.priority, u32(wire::Priority::kIdle))),
       .arguments = slot.arguments},
      slot.carry);
  if (!status) return status;
  lanes_[lane] = place;
  places_[slot.number] = place;
  pending_.emplace(place, std::move(pending));
  if (stream_->program->program.bounds().order == TileOrder::kSerial) return settle(lane);
  return {};
}

Status ReplayRun::free_lane() { return machine_->busy(next_lane_) ? settle(next_lane_) : Status(); }

Status ReplayRun::settle(u32 lane) {
  auto outcome = machine_->finish(lane, stream_->program->program.program().carry_words);
  if (!outcome) return tl::unexpected(std::move(outcome.error()));
  ++report_.counts.slots;
  if (options_.on_progress) options_.on_progress(report_.counts);
  pending_.at(lanes_[lane]).now = std::move(*outcome);
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

Status ReplayRun::take(OutcomeRecord& outcome) {
  const auto place = places_.find(outcome.number);
  if (place == places_.end()) {
    return malformed(fmt::format("an outcome of slot {}, which is not under way", outcome.number));
  }
  Pending& pending = pending_.at(place->second);
  if (pending.recorded) {
    return malformed(fmt::format("slot {} has two outcomes", outcome.number));
  }
  ++outcomes_;
  if (is_fault(outcome)) {
    ++report_.counts.faulted;
    stream_->faulted = true;
  }
  pending.recorded = std::move(outcome);
  compare(place->second);
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

Status ReplayRun::take(const StreamEndRecord& end) {
  if (!stream_) return malformed("the end of no stream");
  if (Status status = settle_all(); !status || report_.difference) return status;
  while (!pending_.empty()) give_up(pending_.begin()->first);
  Status status = compare_window(end);
  stream_.reset();
  return status;
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

Status ReplayRun::take(const EndRecord& end) {
  if (stream_) return malformed("the log ends in the midst of a stream");
  if (end.slots != report_.counts.slots || end.outcomes != outcomes_) {
    return malformed(fmt::format("its end counts {} slots and {} outcomes, it holds {} and {}",
                                 end.slots, end.outcomes, report_.counts.slots, outcomes_));
  }
  ended_ = true;
  return {};
}

ReplayDifference ReplayRun::difference(ReplayDifference::Kind kind, const Pending* slot) const {
  ReplayDifference found{.kind = kind,
                         .program = hex(stream_->hash),
                         .program_name = first_line(stream_->program->program.program().metadata)};
  if (slot != nullptr) {
    found.slot = slot->number;
    found.ring = slot->ring;
    found.sources = slot->sources;
    found.more_sources = slot->more_sources;
  }
  return found;
}

}  // namespace vyre::runtime::replay

namespace vyre {

Result<ReplayReport> replay(const std::string& log, const ReplayOptions& options) {
  auto reader = runtime::replay::LogReader::open(log);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  return runtime::replay::ReplayRun(std::move(*reader), options).run();
}

}  // namespace vyre
