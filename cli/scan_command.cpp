#include "cli/scan_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/given_sources.hpp"
#include "cli/interrupt.hpp"
#include "cli/lost_device.hpp"
#include "cli/own_files.hpp"
#include "cli/progress.hpp"
#include "cli/scan_checkpoint.hpp"
#include "cli/scan_options.hpp"
#include "cli/scan_output.hpp"
#include "cli/scan_statistics.hpp"
#include "cli/source_feed.hpp"
#include "cli/statistics_text.hpp"
#include "ingest/tree_walk.hpp"
#include "scan/automata/candidate_program.hpp"
#include "scan/checkpoint/checkpoint.hpp"
#include "scan/checkpoint/unfinished_feed.hpp"
#include "scan/confirm/scan_job.hpp"
#include "scan/report/error_log.hpp"
#include "scan/report/output_sink.hpp"
#include "scan/report/text_format.hpp"
#include "vyre/session.hpp"

namespace vyre::cli {
namespace {

// Of files that changed between two runs, so many are named; the others are counted.
constexpr std::uint64_t kChangedFilesNamed = 10;

class ScanRun {
 public:
  explicit ScanRun(const ScanOptions& options) : options_(options) {}
  int run();

 private:
  Status prepare();
  Status prepare_output(scan::CommandIdentity identity);
  Status stream(Session& session, const LoadedProgram& program);
  Status stream_from(FileFeed& feed, Session& session, const LoadedProgram& program);
  void report_walk_error(const std::string& path, const Error& error);
  void note_changed(const std::string& path);
  void tell(const Status& done);
  [[nodiscard]] scan::ScanTotals totals() const;
  [[nodiscard]] std::uint64_t errors() const;
  [[nodiscard]] int exit_code() const;
  void conclude(const Session& session, bool complete, double seconds);
  /// Does not return where the device is lost.
  int finish(const Status& done);

  const ScanOptions& options_;
  GivenSources sources_;
  ScanOutput output_;
  std::unique_ptr<scan::Checkpoint> checkpoint_;
  scan::OutputSink sink_{STDOUT_FILENO};
  scan::ErrorLog errors_{STDERR_FILENO};
  std::unique_ptr<scan::ScanJob> job_;
  std::unique_ptr<ingest::TreeWalk> walk_;
  OwnFiles own_files_;
  std::atomic<std::uint64_t> changed_files_{0};
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
  scan::CommandIdentity identity = identity_of(options_, *request);
  const bool matches_nothing = request->mode != scan::ScanMode::kRules && request->patterns.empty();
  if (!matches_nothing) {
    auto job = scan::ScanJob::create(std::move(*request), sink_, errors_);
    if (!job) return tl::unexpected(std::move(job.error()));
    job_ = std::move(*job);
  }
  walk_ = std::make_unique<ingest::TreeWalk>(
      options_.paths,
      [this](const std::string& path, const Error& error) { report_walk_error(path, error); });
  return prepare_output(std::move(identity));
}

Status ScanRun::prepare_output(scan::CommandIdentity identity) {
  auto output = ScanOutput::open(options_.output, !options_.checkpoint.empty());
  if (!output) return tl::unexpected(std::move(output.error()));
  output_ = std::move(*output);
  if (!options_.checkpoint.empty()) {
    auto checkpoint = open_checkpoint(options_, std::move(identity), output_);
    if (!checkpoint) return tl::unexpected(std::move(checkpoint.error()));
    checkpoint_ = std::move(*checkpoint);
    own_files_.add(options_.checkpoint);
    const scan::Recovered& before = checkpoint_->before();
    if (!before.warning.empty()) errors_.warn(before.warning);
    if (before.runs != 0) errors_.note(resumed_text(options_.checkpoint, before));
  }
  if (checkpoint_ || output_.own()) own_files_.add(output_.descriptor());
  sink_.redirect(output_.descriptor(), checkpoint_.get());
  return {};
}

void ScanRun::report_walk_error(const std::string& path, const Error& error) {
  scan::FinishedFiles told;
  if (checkpoint_) {
    const SourceMark mark = checkpoint_->marks().of_error(path, error.what);
    if (checkpoint_->told_before(mark)) return;
    told.add(mark, {.errors = 1});
  }
  errors_.report(path, error);
  std::string text;
  if (options_.json) scan::append_json_error(text, path, error);
  if (options_.json || checkpoint_) sink_.write(text, told);
}

void ScanRun::note_changed(const std::string& path) {
  if (changed_files_.fetch_add(1) >= kChangedFilesNamed) return;
  errors_.warn(path + ": changed since it was scanned; its results stay as they were");
}

Status ScanRun::stream(Session& session, const LoadedProgram& program) {
  SourceFeed given(
      *walk_, options_.stream.blocks, [this] { return job_->stopped(); }, own_files_);
  if (!checkpoint_) return stream_from(given, session, program);
  scan::UnfinishedFeed unfinished(given, *checkpoint_,
                                  [this](const std::string& path) { note_changed(path); });
  return stream_from(unfinished, session, program);
}

Status ScanRun::stream_from(FileFeed& feed, Session& session, const LoadedProgram& program) {
  Progress progress(STDERR_FILENO,
                    [this](double seconds) { return progress_text(totals(), seconds); });
  sink_.set_before_write([&progress] { progress.erase(); });
  errors_.set_before_write([&progress] { progress.erase(); });
  const InterruptCancels interrupt(session);
  Status done =
      session.stream(feed, program, [this](std::uint32_t) { return job_->make_consumer(); },
                     {.deadline = options_.stream.deadline});
  sink_.set_before_write({});
  errors_.set_before_write({});
  return done;
}

int ScanRun::run() {
  if (auto prepared = prepare(); !prepared) return finish(prepared);
  // An empty file of patterns matches nothing, in any file.
  if (!job_) return kAnswerIsNo;
  if (checkpoint_ && checkpoint_->before().exit_code) return *checkpoint_->before().exit_code;
  auto program = scan::make_candidate_program(job_->tables());
  if (!program) return finish(tl::unexpected(std::move(program.error())));
  SessionOptions wanted = session_options(options_.stream, sources_);
  wanted.latency = options_.stats || options_.json;
  auto session = Session::open(wanted);
  if (!session) return finish(tl::unexpected(std::move(session.error())));
  // It is there now.
  if (!wanted.trace.empty()) own_files_.add(wanted.trace);
  auto loaded = session->load(*program);
  if (!loaded) return finish(tl::unexpected(std::move(loaded.error())));

  const auto start = std::chrono::steady_clock::now();
  Status done = stream(*session, *loaded);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (Status recorded = session->finish_recording(); done) done = std::move(recorded);
  tell(done);
  if (const Status traced = session->trace_status(); !traced) errors_.report({}, traced.error());
  if (const std::string lost = loss_warning(session->statistics()); !lost.empty()) {
    errors_.warn(lost);
  }
  conclude(*session, done && !sink_.closed() && !InterruptCancels::interrupted(), elapsed.count());
  return finish({});
}

void ScanRun::tell(const Status& done) {
  if (is_device_lost(done)) device_lost_ = true;
  if (!done && !InterruptCancels::interrupted()) errors_.report({}, done.error());
}

scan::ScanTotals ScanRun::totals() const {
  scan::ScanTotals totals = job_ ? job_->totals() : scan::ScanTotals();
  if (checkpoint_) totals += checkpoint_->before().totals;
  return totals;
}

std::uint64_t ScanRun::errors() const {
  return errors_.count() + (checkpoint_ ? checkpoint_->before().totals.errors : 0);
}

void ScanRun::conclude(const Session& session, bool complete, double seconds) {
  if (changed_files_ > kChangedFilesNamed) {
    errors_.warn(fmt::format("{} more files changed since they were scanned",
                             changed_files_ - kChangedFilesNamed));
  }
  const std::uint64_t runs = checkpoint_ ? checkpoint_->before().runs + 1 : 1;
  const double seconds_before = checkpoint_ ? seconds_of(checkpoint_->before().nanoseconds) : 0;
  const ScanReport report{.totals = totals(),
                          .session = session.statistics(),
                          .backend = session.backend(),
                          .directories = walk_->directories(),
                          .errors = errors(),
                          .seconds = seconds_before + seconds,
                          .runs = runs,
                          .given = options_.paths};
  // A scan that will be gone on with has no end of its output yet.
  if (options_.json && (complete || !checkpoint_)) sink_.write_end(statistics_json(report));
  if (options_.stats) errors_.note(statistics_text(report));
  if (!checkpoint_ || !complete || sink_.closed()) return;
  if (auto ended = checkpoint_->end(exit_code()); !ended) errors_.report({}, ended.error());
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
  if (errors() > 0) return kFailed;
  return totals().matches > 0 ? kDone : kAnswerIsNo;
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
      "Exit status: 0 something matched, 1 nothing did, 2 an error occurred, 130 Ctrl-C. With\n"
      "--checkpoint it is that of all runs together.\n\n"
      "  vyre scan -e 'password\\s*=' src\n"
      "  vyre scan --rules rules.toml --json /srv > findings.jsonl\n"
      "  vyre scan -e secret --checkpoint scan.progress --output found.txt /srv\n"
      "  vyre scan -o -e 'BEGIN [A-Z ]+KEY' --path passthrough --lba 2048:1000000 /dev/ng0n1");
  declare_scan_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = ScanRun(*options).run(); });
}

}  // namespace vyre::cli
