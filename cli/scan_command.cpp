#include "cli/scan_command.hpp"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/given_sources.hpp"
#include "cli/interrupt.hpp"
#include "cli/lost_device.hpp"
#include "cli/progress.hpp"
#include "cli/scan_options.hpp"
#include "cli/scan_statistics.hpp"
#include "cli/source_feed.hpp"
#include "ingest/tree_walk.hpp"
#include "scan/automata/candidate_program.hpp"
#include "scan/confirm/scan_job.hpp"
#include "scan/report/error_log.hpp"
#include "scan/report/output_sink.hpp"
#include "scan/report/text_format.hpp"
#include "vyre/session.hpp"

namespace vyre::cli {
namespace {

class ScanRun {
 public:
  explicit ScanRun(const ScanOptions& options) : options_(options) {}
  int run();

 private:
  Status prepare();
  Status stream(Session& session, const LoadedProgram& program);
  void report_walk_error(const std::string& path, const Error& error);
  void tell(const Status& done);
  [[nodiscard]] int exit_code() const;
  void print_statistics(const Session& session, double seconds);
  /// Does not return where the device is lost.
  int finish(const Status& done);

  const ScanOptions& options_;
  GivenSources sources_;
  scan::OutputSink sink_{STDOUT_FILENO};
  scan::ErrorLog errors_{STDERR_FILENO};
  std::unique_ptr<scan::ScanJob> job_;
  std::unique_ptr<ingest::TreeWalk> walk_;
  bool device_lost_ = false;
};

Status ScanRun::prepare() {
  std::string warning;
  auto request = make_scan_request(options_, warning);
  if (!request) return tl::unexpected(std::move(request.error()));
  const auto sources = look_at_sources(options_.paths, options_.stream);
  if (!sources) return tl::unexpected(sources.error());
  sources_ = *sources;
  // In a device nobody finds a line by its number.
  request->byte_offsets = options_.byte_offset.value_or(sources_.with_blocks != 0);
  if (!warning.empty()) errors_.warn(warning);
  if (request->mode != scan::ScanMode::kRules && request->patterns.empty()) return {};
  auto job = scan::ScanJob::create(std::move(*request), sink_, errors_);
  if (!job) return tl::unexpected(std::move(job.error()));
  job_ = std::move(*job);
  walk_ = std::make_unique<ingest::TreeWalk>(
      options_.paths,
      [this](const std::string& path, const Error& error) { report_walk_error(path, error); });
  return {};
}

void ScanRun::report_walk_error(const std::string& path, const Error& error) {
  errors_.report(path, error);
  if (!options_.json) return;
  std::string text;
  scan::append_json_error(text, path, error);
  sink_.write(text);
}

Status ScanRun::stream(Session& session, const LoadedProgram& program) {
  SourceFeed feed(*walk_, options_.stream.blocks, [this] { return job_->stopped(); });
  Progress progress(STDERR_FILENO,
                    [this](double seconds) { return progress_text(job_->totals(), seconds); });
  sink_.set_before_write([&progress] { progress.erase(); });
  errors_.set_before_write([&progress] { progress.erase(); });
  const InterruptCancels interrupt(session);
  Status done =
      session.stream(feed, program, [this](std::uint32_t) { return job_->make_consumer(); });
  sink_.set_before_write({});
  errors_.set_before_write({});
  return done;
}

int ScanRun::run() {
  if (auto prepared = prepare(); !prepared) return finish(prepared);
  // An empty file of patterns matches nothing, in any file.
  if (!job_) return kAnswerIsNo;
  auto program = scan::make_candidate_program(job_->tables());
  if (!program) return finish(tl::unexpected(std::move(program.error())));
  auto session = Session::open(session_options(options_.stream, sources_));
  if (!session) return finish(tl::unexpected(std::move(session.error())));
  auto loaded = session->load(*program);
  if (!loaded) return finish(tl::unexpected(std::move(loaded.error())));

  const auto start = std::chrono::steady_clock::now();
  Status done = stream(*session, *loaded);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (Status recorded = session->finish_recording(); done) done = std::move(recorded);
  tell(done);
  print_statistics(*session, elapsed.count());
  return finish({});
}

void ScanRun::tell(const Status& done) {
  if (is_device_lost(done)) device_lost_ = true;
  if (!done && !InterruptCancels::interrupted()) errors_.report({}, done.error());
}

void ScanRun::print_statistics(const Session& session, double seconds) {
  if (!options_.stats && !options_.json) return;
  const ScanReport report{.totals = job_->totals(),
                          .session = session.statistics(),
                          .backend = session.backend(),
                          .directories = walk_->directories(),
                          .errors = errors_.count(),
                          .seconds = seconds,
                          .given = options_.paths};
  if (options_.json) sink_.write(statistics_json(report));
  if (options_.stats) errors_.note(statistics_text(report));
}

int ScanRun::finish(const Status& done) {
  tell(done);
  const auto error = sink_.error();
  if (error && !InterruptCancels::interrupted()) errors_.report({}, *error);
  if (device_lost_) exit_without_device(exit_code());
  return exit_code();
}

int ScanRun::exit_code() const {
  if (InterruptCancels::interrupted()) return kInterrupted;
  if (errors_.count() > 0) return kFailed;
  return job_ && job_->totals().matches > 0 ? kDone : kAnswerIsNo;
}

}  // namespace

void add_scan_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ScanOptions>();
  CLI::App* command = app.add_subcommand("scan", "Find patterns in files and trees");
  command->footer(
      "Lines are printed as PATH:LINE:TEXT, matches of rules as PATH:LINE:COLUMN: RULE: MATCH, "
      "with\n"
      "the byte offset behind those numbers where -b is given or a path is a device.\n"
      "Hidden files are searched, ignore files are not consulted, links are not followed.\n"
      "Exit status: 0 something matched, 1 nothing did, 2 an error occurred, 130 Ctrl-C.\n\n"
      "  vyre scan -e 'password\\s*=' src\n"
      "  vyre scan --rules rules.toml --json /srv > findings.jsonl\n"
      "  vyre scan -o -e 'BEGIN [A-Z ]+KEY' --path passthrough --lba 2048:1000000 /dev/ng0n1");
  declare_scan_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = ScanRun(*options).run(); });
}

}  // namespace vyre::cli
