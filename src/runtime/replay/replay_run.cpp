#include "runtime/replay/replay_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <thread>
#include <utility>

#include "ingest/chunk_plan.hpp"
#include "runtime/replay/log_checks.hpp"
#include "runtime/replay/outcome_record.hpp"
#include "wire/control.hpp"

namespace vyre::runtime::replay {
namespace {

constexpr u32 kMostRecords = 1u << 20;
// Files of a slot that a difference names.
constexpr std::size_t kMostSources = 8;

std::string hex(const ContentHash& hash) {
  std::string text;
  for (const std::byte byte : hash) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

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
  if (!report_.difference && stream_) {
    if (Status status = run_rest(); !status) return tl::unexpected(std::move(status.error()));
  }
  report_.cut = !report_.difference && !ended_;
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
    case RecordKind::kResource:
      return take_as<ResourceRecord>(record);
    case RecordKind::kLoad:
      return take_as<LoadRecord>(record);
  }
  return malformed(fmt::format("there is no kind of record {}", static_cast<u32>(record.kind)));
}

Status ReplayRun::take(const SessionRecord& session) {
  if (std::string wrong = what_is_wrong(session); !wrong.empty()) return malformed(wrong);
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  auto machine =
      ReplayMachine::create(options_.backend, options_.workers != 0 ? options_.workers : cores,
                            session.slot_bytes, session.window_words, loads_);
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
  if (programs_.contains({record.tenant, record.hash})) return {};
  const auto opcode = machine_->load(*verified, record.tenant);
  if (!opcode) return tl::unexpected(opcode.error());
  programs_.emplace(ProgramKey{record.tenant, record.hash},
                    LoadedProgram{std::move(*verified), *opcode});
  ++report_.counts.programs;
  return {};
}

Status ReplayRun::take(const ResourceRecord& resource) {
  if (stream_) return malformed("a resource in the midst of a stream");
  std::string wrong = loads_.take(resource);
  return wrong.empty() ? Status() : malformed(wrong);
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
  if (Status status = machine_->make_room(record.record_capacity, record.output_capacity,
                                          program->second.program.bounds().io_bytes);
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
  if (!stream_) return malformed("a slot outside of any stream");
  if (slot.tenant != stream_->tenant || slot.program != stream_->hash) {
    return malformed(fmt::format("slot {} runs the program {} of tenant {}, the stream another",
                                 slot.number, hex(slot.program), slot.tenant));
  }
  if (std::string wrong = what_is_wrong(slot, *session_); !wrong.empty()) return malformed(wrong);
  if (places_.contains(slot.number)) {
    return malformed(fmt::format("slot {} is there twice", slot.number));
  }
  return {};
}

Status ReplayRun::take(const SlotRecord& slot) {
  if (Status status = check(slot); !status) return status;
  const Place place = place_of(slot);
  if (pending_.contains(place)) {
    Status status = run_waiting(place);
    if (status && !report_.difference) status = settle_all();
    if (!status || report_.difference) return status;
    give_up(place);
  }
  const bool waits = stream_->program->program.bounds().io_bytes != 0;
  if (!waits) {
    if (Status status = free_lane(); !status || report_.difference) return status;
  }
  Pending pending;
  pending.number = slot.number;
  pending.ring = slot.ring;
  const std::size_t shown = std::min(slot.extents.size(), kMostSources);
  for (const InputExtent& extent : std::span(slot.extents).first(shown)) {
    pending.sources.push_back({extent.file.path, extent.offset, extent.length});
  }
  pending.more_sources = slot.extents.size() - shown;
  if (waits) pending.waits_at = log_.position();
  pending_.emplace(place, std::move(pending));
  places_[slot.number] = place;
  return waits ? Status() : run_slot(slot, place);
}

Status ReplayRun::take(const LoadRecord& load) {
  if (!stream_) return malformed("a load outside of any stream");
  std::string wrong = what_is_wrong(load, stream_->program->program.bounds().io_bytes);
  const std::size_t places = std::size_t{session_->rings} * session_->slots_per_ring;
  if (wrong.empty()) wrong = loads_.take(load, places);
  ++loads_read_;
  return wrong.empty() ? Status() : malformed(wrong);
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
  if (pending.waits_at) return run_waiting(place->second);
  compare(place->second);
  return {};
}

Status ReplayRun::take(const StreamEndRecord& end) {
  if (!stream_) return malformed("the end of no stream");
  if (Status status = run_rest(); !status || report_.difference) return status;
  if (const auto number = loads_.slot_left()) {
    return malformed(fmt::format("loads of slot {}, which the stream has not", *number));
  }
  Status status = compare_window(end);
  stream_.reset();
  return status;
}

Status ReplayRun::take(const EndRecord& end) {
  if (stream_) return malformed("the log ends in the midst of a stream");
  const u64 slots = report_.counts.slots;
  if (end.slots != slots || end.outcomes != outcomes_ || end.loads != loads_read_) {
    return malformed(
        fmt::format("its end counts {} slots, {} outcomes and {} loads, it holds {}, {} and {}",
                    end.slots, end.outcomes, end.loads, slots, outcomes_, loads_read_));
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
