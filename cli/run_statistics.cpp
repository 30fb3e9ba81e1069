#include "cli/run_statistics.hpp"

#include <fmt/format.h>

#include "base/append_format.hpp"
#include "cli/certificate_text.hpp"
#include "cli/latency_text.hpp"
#include "cli/statistics_text.hpp"

namespace vyre::cli {
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
  base::append_format(
      text, "ran over    {} files, {} directories, {} in {:.3f} s ({}); {} errors\n",
      totals.files.load(), report.directories, byte_text(totals.bytes.load()), report.seconds,
      rate_text(static_cast<double>(totals.bytes.load()), report.seconds), report.errors);
  base::append_format(
      text, "program     {} chunks, {} tiles, {} fuel; {} records, {} of output; {} faults\n",
      session.chunks, session.tiles, session.fuel, totals.records.load(),
      byte_text(totals.output_bytes.load()), session.faulted_chunks);
  if (session.loads != 0) {
    base::append_format(text, "loaded      {} in {} loads from resources, {} of them failed\n",
                        byte_text(session.loaded_bytes), session.loads, session.failed_loads);
  }
  base::append_format(text, "read        page cache {} in {} reads, O_DIRECT {} in {} reads\n",
                      byte_text(ingest.buffered_bytes.value()), ingest.buffered_reads.value(),
                      byte_text(ingest.direct_bytes.value()), ingest.direct_reads.value());
  text += bad_block_line(ingest);
  text += certificate_lines(session.certificate, report.given);
  text += backend_line(report.backend);
  text += recovery_line(session);
  text += threads_line(session);
  text += opcodes_line(session.opcodes);
  text += time_lines(session, "print");
  text += latency_lines(session.latency);
  return text;
}

std::string run_summary_json(const RunReport& report, const nlohmann::ordered_json& windows) {
  const RunTotals& totals = report.totals;
  const SessionStatistics& session = report.session;
  nlohmann::ordered_json object{
      {"type", "summary"},
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
      {"loads", session.loads},
      {"loaded_bytes", session.loaded_bytes},
      {"failed_loads", session.failed_loads},
      {"seconds", report.seconds},
      {"bad_blocks", session.ingest.bad_blocks.value()},
      {"certificate", certificate_json(session.certificate, report.given)},
      {"backend", backend_json(report.backend)},
      {"rings", session.rings},
      {"workers", session.workers},
      {"slots", opcodes_json(session.opcodes)},
      {"latency", latency_json(session.latency)}};
  add_recovery(object, session);
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace vyre::cli
