#include "cli/scan_statistics.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/append_format.hpp"
#include "cli/certificate_text.hpp"
#include "cli/latency_text.hpp"
#include "cli/statistics_text.hpp"

namespace vyre::cli {
namespace {

constexpr std::array<std::string_view, kReadPaths> kPathNames = {
    "registered mapped read", "NVMe passthrough", "NVMe peer", "unregistered read"};
constexpr std::array<std::string_view, kReadPaths> kPathKeys = {
    "registered_mapped_read", "nvme_passthrough", "nvme_peer", "unregistered_read"};

}  // namespace

std::string progress_text(const scan::ScanTotals& totals, double seconds) {
  const auto bytes = static_cast<double>(totals.bytes);
  return fmt::format("{} files, {}, {}, {} matches", totals.files, byte_text(bytes),
                     rate_text(bytes, seconds), totals.matches);
}

std::string statistics_text(const ScanReport& report) {
  const scan::ScanTotals& totals = report.totals;
  const SessionStatistics& session = report.session;
  const IngestTelemetry& ingest = session.ingest;
  const auto bytes = static_cast<double>(totals.bytes);
  std::string text;
  base::append_format(text, "scanned     {} files, {} directories, {} in {:.3f} s ({})\n",
                      totals.files, report.directories, byte_text(bytes), report.seconds,
                      rate_text(bytes, report.seconds));
  base::append_format(text, "found       {} matches in {} files; {} errors\n", totals.matches,
                      totals.files_with_matches, report.errors);
  if (report.runs > 1) {
    base::append_format(
        text, "runs        {} with this one; chunks, reads and times below are of this one\n",
        report.runs);
  }
  base::append_format(
      text, "confirmed   {} candidates, {} confirmations, {} overflowed chunks of {}\n",
      totals.candidates, totals.confirmations, session.overflowed_chunks, session.chunks);
  for (std::size_t path = 0; path < kReadPaths; ++path) {
    const ReadCounters& reads = ingest.paths[path];
    if (reads.submitted.value() == 0) continue;
    base::append_format(text, "read        {}: {} reads, {}, {} failed\n", kPathNames[path],
                        reads.submitted.value(), byte_text(reads.bytes.value()),
                        reads.failed.value());
  }
  base::append_format(
      text,
      "            page cache {} in {} reads, O_DIRECT {} in {} reads ({} files refused it)\n",
      byte_text(ingest.buffered_bytes.value()), ingest.buffered_reads.value(),
      byte_text(ingest.direct_bytes.value()), ingest.direct_reads.value(),
      ingest.direct_refused.value());
  base::append_format(
      text,
      "            {} short reads resumed, {} files read anew, {} read again, {} copied "
      "by the CPU\n",
      ingest.short_reads_resumed.value(), ingest.files_restaged.value(),
      byte_text(totals.bytes_read_again), byte_text(ingest.userspace_copied_bytes.value()));
  text += bad_block_line(ingest);
  text += certificate_lines(session.certificate, report.given);
  text += backend_line(report.backend);
  text += recovery_line(session);
  if (report.restarts != 0) {
    text += fmt::format("recovered   {} restarts after the device was lost\n", report.restarts);
  }
  text += threads_line(session);
  text += opcodes_line(session.opcodes);
  text += time_lines(session, "confirm");
  text += latency_lines(session.latency);
  return text;
}

std::string statistics_json(const ScanReport& report) {
  const scan::ScanTotals& totals = report.totals;
  const SessionStatistics& session = report.session;
  const IngestTelemetry& ingest = session.ingest;
  nlohmann::ordered_json paths = nlohmann::ordered_json::object();
  for (std::size_t path = 0; path < kReadPaths; ++path) {
    const ReadCounters& reads = ingest.paths[path];
    if (reads.submitted.value() == 0) continue;
    paths[std::string(kPathKeys[path])] = {{"submitted", reads.submitted.value()},
                                           {"completed", reads.completed.value()},
                                           {"failed", reads.failed.value()},
                                           {"bytes", reads.bytes.value()}};
  }
  nlohmann::ordered_json object{
      {"type", "stats"},
      {"files", totals.files},
      {"files_with_matches", totals.files_with_matches},
      {"directories", report.directories},
      {"errors", report.errors},
      {"bytes", totals.bytes},
      {"matches", totals.matches},
      {"candidates", totals.candidates},
      {"confirmations", totals.confirmations},
      {"chunks", session.chunks},
      {"overflowed_chunks", session.overflowed_chunks},
      {"bytes_read_again", totals.bytes_read_again},
      {"seconds", report.seconds},
      {"runs", report.runs},
      {"restarts", report.restarts},
      {"read_paths", paths},
      {"page_cache_bytes", ingest.buffered_bytes.value()},
      {"direct_bytes", ingest.direct_bytes.value()},
      {"copied_bytes", ingest.userspace_copied_bytes.value()},
      {"bad_blocks", ingest.bad_blocks.value()},
      {"certificate", certificate_json(session.certificate, report.given)},
      {"backend", backend_json(report.backend)},
      {"rings", session.rings},
      {"workers", session.workers},
      {"feed_seconds", seconds_of(session.feed_nanoseconds)},
      {"ingest_seconds", seconds_of(session.ingest_nanoseconds)},
      {"confirm_seconds", seconds_of(session.consumer_nanoseconds)},
      {"wait_seconds", seconds_of(session.wait_nanoseconds)},
      {"program_seconds", seconds_of(session.program_nanoseconds)},
      {"slots", opcodes_json(session.opcodes)},
      {"latency", latency_json(session.latency)}};
  add_recovery(object, session);
  return object.dump() + "\n";
}

}  // namespace vyre::cli
