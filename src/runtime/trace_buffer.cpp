#include "runtime/trace_buffer.hpp"

#include "base/append_format.hpp"
#include "base/json_string.hpp"

namespace vyre::runtime {
namespace {

constexpr std::size_t kFlushedAt = 60 * 1024;
/// Visits of a ring are numbered below it: their ids are one number for all rings.
constexpr unsigned kVisitBits = 40;

// Not 0, which viewers take for the idle process.
constexpr u32 process_of(u32 ring) { return ring + 1; }
constexpr unsigned track_of(Hop hop) { return static_cast<unsigned>(hop) + 1; }

void append_metadata(std::string& out, u32 ring) {
  const u32 process = process_of(ring);
  base::append_format(out,
                      ",\n{{\"ph\":\"M\",\"pid\":{},\"tid\":0,\"name\":\"process_name\","
                      "\"args\":{{\"name\":\"ring {}\"}}}}",
                      process, ring);
  for (std::size_t hop = 0; hop < kHops; ++hop) {
    const unsigned track = track_of(static_cast<Hop>(hop));
    base::append_format(out,
                        ",\n{{\"ph\":\"M\",\"pid\":{},\"tid\":{},\"name\":\"thread_name\","
                        "\"args\":{{\"name\":\"{} {}\"}}}}",
                        process, track, track, to_string(static_cast<Hop>(hop)));
  }
}

void append_arguments(std::string& out, const SlotVisit& visit) {
  base::append_format(out, "{{\"slot\":{},\"bytes\":{},\"files\":{}", visit.slot, visit.bytes,
                      visit.extents.size());
  if (!visit.extents.empty()) {
    const ingest::Extent& first = visit.extents.front();
    base::append_format(out, ",\"offset\":{},\"file\":", first.file_offset);
    base::append_json_string(out, first.file->path());
  }
  if (visit.opcode != 0) base::append_format(out, ",\"opcode\":{}", visit.opcode);
  if (visit.fault != 0) base::append_format(out, ",\"fault\":{}", visit.fault);
  out.push_back('}');
}

}  // namespace

TraceBuffer::TraceBuffer(TraceFile& file, u32 ring) : file_(file), ring_(ring) {
  append_metadata(events_, ring);
}

void TraceBuffer::add(const SlotVisit& visit, std::span<const HopTime> hops) {
  const u64 id = u64{ring_} << kVisitBits | visits_++;
  arguments_.clear();
  append_arguments(arguments_, visit);
  const auto append = [&](const HopTime& hop, char phase, u64 time) {
    const std::string_view name = to_string(hop.hop);
    const unsigned track = track_of(hop.hop);
    const u64 since = time > file_.origin() ? time - file_.origin() : 0;
    base::append_format(events_,
                        ",\n{{\"ph\":\"{}\",\"cat\":\"{}\",\"name\":\"{} {}\",\"id\":\"{:#x}\","
                        "\"pid\":{},\"tid\":{},\"ts\":{}.{:03}",
                        phase, name, track, name, id, process_of(ring_), track, since / 1000,
                        since % 1000);
  };
  for (const HopTime& hop : hops) {
    append(hop, 'b', hop.begin);
    base::append_format(events_, ",\"args\":{}}}", arguments_);
    append(hop, 'e', hop.end);
    events_.push_back('}');
  }
  if (events_.size() >= kFlushedAt) flush();
}

void TraceBuffer::flush() {
  if (!events_.empty()) file_.append(events_);
  events_.clear();
}

}  // namespace vyre::runtime
