#include "cli/run_statistics.hpp"

#include <fmt/format.h>

#include <iterator>

#include "cli/scan_statistics.hpp"

namespace vyre::cli {
namespace {

double seconds_of(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

std::string rate_text(double bytes, double seconds) {
  return byte_text(seconds > 0 ? bytes / seconds : 0) + "/s";
}

std::string bytes_of(std::uint64_t bytes) { return byte_text(static_cast<double>(bytes)); }

}  // namespace

std::string run_progress_text(const RunTotals& totals, double seconds) {
  const auto bytes = static_cast<double>(totals.bytes.load());
  return fmt::format("{} files, {}, {}", totals.files.load(), byte_text(bytes),
                     rate_text(bytes, seconds));
}

std::string run_statistics_text(const RunReport& report) {
  const RunTotals& totals = report.totals;
  const SessionStatistics& session = report.session;
  const IngestTelemetry& ingest = session.ingest;
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(
      out, "ran over    {} files, {} directories, {} in {:.3f} s ({}); {} errors\n",
      totals.files.load(), report.directories, bytes_of(totals.bytes.load()), report.seconds,
      rate_text(static_cast<double>(totals.bytes.load()), report.seconds), report.errors);
  fmt::format_to(out,
                 "program     {} chunks, {} tiles, {} fuel; {} records, {} of output; {} faults\n",
                 session.chunks, session.tiles, session.fuel, totals.records.load(),
                 bytes_of(totals.output_bytes.load()), session.faulted_chunks);
  fmt::format_to(out, "read        page cache {} in {} reads, O_DIRECT {} in {} reads\n",
                 bytes_of(ingest.buffered_bytes.value()), ingest.buffered_reads.value(),
                 bytes_of(ingest.direct_bytes.value()), ingest.direct_reads.value());
  fmt::format_to(out, "threads     {} rings of {} slots of {}, {} workers; {} in huge pages\n",
                 session.rings, session.slots_per_ring, bytes_of(session.slot_bytes),
                 session.workers, bytes_of(session.huge_page_bytes));
  fmt::format_to(
      out,
      "time        per ring thread, summed: feed {:.3f} s, ingest {:.3f} s, print {:.3f} s, "
      "wait {:.3f} s\n            per slot, summed: program {:.3f} s\n",
      seconds_of(session.feed_nanoseconds), seconds_of(session.ingest_nanoseconds),
      seconds_of(session.consumer_nanoseconds), seconds_of(session.wait_nanoseconds),
      seconds_of(session.program_nanoseconds));
  return text;
}

std::string run_summary_json(const RunReport& report, const nlohmann::ordered_json& windows) {
  const RunTotals& totals = report.totals;
  const SessionStatistics& session = report.session;
  nlohmann::ordered_json object{{"type", "summary"},
                                {"files", totals.files.load()},
                                {"failed_files", totals.failed_files.load()},
                                {"directories", report.directories},
                                {"errors", report.errors},
                                {"bytes", totals.bytes.load()},
                                {"records", totals.records.load()},
                                {"output_bytes", totals.output_bytes.load()},
                                {"windows", windows},
                                {"chunks", session.chunks},
                                {"tiles", session.tiles},
                                {"fuel", session.fuel},
                                {"seconds", report.seconds},
                                {"rings", session.rings},
                                {"workers", session.workers}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace vyre::cli
