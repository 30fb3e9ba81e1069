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
#include <thread>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/given_sources.hpp"
#include "cli/interrupt.hpp"
#include "cli/lost_device.hpp"
#include "cli/own_files.hpp"
#include "cli/progress.hpp"
#include "cli/scan_account.hpp"
#include "cli/scan_checkpoint.hpp"
#include "cli/scan_options.hpp"
#include "cli/scan_statistics.hpp"
#include "cli/source_feed.hpp"
#include "cli/statistics_text.hpp"
#include "ingest/tree_walk.hpp"
#include "scan/automata/candidate_program.hpp"
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
// Rings and devices of a process that has just gone are taken apart by the kernel in its own time.
constexpr std::chrono::milliseconds kSettleTime(3000);
constexpr std::chrono::milliseconds kSettleStep(100);

class ScanRun {
 public:
  explicit ScanRun(const ScanOptions& options) : options_(options) {}
  int run();

 private:
  Status prepare();
  Result<Session> open_session();
  Status stream(Session& session, const LoadedProgram& program);
  Status stream_partial(Session& session, const LoadedProgram& program);
  Status stream_rest(Session& session, const LoadedProgram& program);
  Status stream_from(FileFeed& feed, Session& session, const LoadedProgram& program);
  void report_walk_error(const std::string& path, const Error& error);
  void report_path_error(const std::string& path, const Error& error, const SourceMark& mark);
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
  scan::OutputSink sink_{STDOUT_FILENO};
  scan::ErrorLog errors_{STDERR_FILENO};
  ScanAccount account_{options_, sink_, errors_};
  std::unique_ptr<scan::ScanJob> job_;
  std::unique_ptr<ingest::TreeWalk> walk_;
  OwnFiles own_files_;
  std::atomic<std::uint64_t> changed_files_{0};
  bool device_lost_ = false;
};

Status ScanRun::prepare() {
  if (auto taken = account_.take_over(); !taken) return taken;
  std::string warning;
  auto request = make_scan_request(options_, account_.inputs(), warning);
  if (!request) return tl::unexpected(std::move(request.error()));
  const auto sources = look_at_sources(options_.paths, options_.stream);
  if (!sources) return tl::unexpected(sources.error());
  sources_ = *sources;
  // In a device nobody finds a line by its number.
  request->byte_offsets = options_.byte_offset.value_or(sources_.with_blocks != 0);
  // A process before this one has told it.
  if (!warning.empty() && account_.restarts() == 0) errors_.warn(warning);
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
  if (auto opened = account_.open(std::move(identity)); !opened) return opened;
  if (account_.checkpoint() != nullptr) own_files_.add(options_.checkpoint);
  if (account_.checkpoint() != nullptr || account_.output().own()) {
    own_files_.add(account_.output().descriptor());
  }
  return {};
}

Result<Session> ScanRun::open_session() {
  SessionOptions wanted = session_options(options_.stream, sources_);
  wanted.latency = options_.stats || options_.json;
  auto session = Session::open(wanted);
  for (auto waited = kSettleStep; !session && account_.restarts() != 0 && waited <= kSettleTime;
       waited += kSettleStep) {
    std::this_thread::sleep_for(kSettleStep);
    session = Session::open(wanted);
  }
  // It is there now.
  if (session && !wanted.trace.empty()) own_files_.add(wanted.trace);
  return session;
}

void ScanRun::report_walk_error(const std::string& path, const Error& error) {
  SourceMark mark;
  if (account_.ledger() != nullptr) {
    mark = account_.ledger()->marks().of_error(path, error.what);
    if (account_.ledger()->told_before(mark)) return;
  }
  report_path_error(path, error, mark);
}

void ScanRun::report_path_error(const std::string& path, const Error& error,
                                const SourceMark& mark) {
  errors_.report(path, error);
  scan::FinishedFiles told;
  told.add(mark, {.errors = 1});
  std::string text;
  if (options_.json) scan::append_json_error(text, path, error);
  if (options_.json || account_.ledger() != nullptr) sink_.write(text, told);
}

void ScanRun::note_changed(const std::string& path) {
  if (changed_files_.fetch_add(1) >= kChangedFilesNamed) return;
  errors_.warn(path + ": changed since it was scanned; its results stay as they were");
}

Status ScanRun::stream(Session& session, const LoadedProgram& program) {
  const InterruptCancels interrupt(session);
  if (scan::RestartLedger* const ledger = account_.restart_ledger()) {
    if (ledger->partial() != nullptr) {
      if (Status done = stream_partial(session, program); !done) return done;
    }
    sink_.write(ledger->take_held_back());
  }
  return stream_rest(session, program);
}

Status ScanRun::stream_partial(Session& session, const LoadedProgram& program) {
  scan::RestartLedger& ledger = *account_.restart_ledger();
  const scan::PartialFile partial = *ledger.partial();
  // What cannot be walked is told when the rest is.
  ingest::TreeWalk walk(options_.paths, [](const std::string&, const Error&) {});
  SourceFeed given(
      walk, options_.stream.blocks, [this] { return job_->stopped(); }, own_files_);
  scan::OneFileFeed feed(given, ledger.marks(), partial.mark);
  if (Status done = stream_from(feed, session, program); !done) return done;
  if (const Status resumed = ledger.resumed(); !resumed && !sink_.closed()) {
    report_path_error(partial.path, resumed.error(),
                      ledger.marks().of_error(partial.path, resumed.error().what));
  }
  return {};
}

Status ScanRun::stream_rest(Session& session, const LoadedProgram& program) {
  SourceFeed given(
      *walk_, options_.stream.blocks, [this] { return job_->stopped(); }, own_files_);
  if (account_.ledger() == nullptr) return stream_from(given, session, program);
  scan::UnfinishedFeed unfinished(given, *account_.ledger(),
                                  [this](const std::string& path) { note_changed(path); });
  return stream_from(unfinished, session, program);
}

Status ScanRun::stream_from(FileFeed& feed, Session& session, const LoadedProgram& program) {
  Progress progress(STDERR_FILENO, [this](double seconds) {
    return progress_text(totals(), account_.seconds_before() + seconds);
  });
  sink_.set_before_write([&progress] { progress.erase(); });
  errors_.set_before_write([&progress] { progress.erase(); });
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
  const scan::Checkpoint* const checkpoint = account_.checkpoint();
  if (checkpoint != nullptr && checkpoint->before().exit_code) {
    return *checkpoint->before().exit_code;
  }
  auto program = scan::make_candidate_program(job_->tables());
  if (!program) return finish(tl::unexpected(std::move(program.error())));
  auto session = open_session();
  if (!session) return finish(tl::unexpected(std::move(session.error())));
  if (auto kept = account_.keep_for(session->backend()); !kept) return finish(kept);
  auto loaded = session->load(*program);
  if (!loaded) return finish(tl::unexpected(std::move(loaded.error())));

  const auto start = std::chrono::steady_clock::now();
  Status done = stream(*session, *loaded);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  if (is_device_lost(done)) {
    done = tl::unexpected(account_.go_on_after(done.error(), session->backend(), elapsed));
  }
  // It came behind a file that will not end any more.
  if (scan::RestartLedger* const ledger = account_.restart_ledger()) {
    sink_.write_end(ledger->take_held_back());
  }
  if (Status recorded = session->finish_recording(); done) done = std::move(recorded);
  tell(done);
  if (const Status traced = session->trace_status(); !traced) errors_.report({}, traced.error());
  // Of a machine that is lost the error tells.
  const std::string lost = loss_warning(session->statistics());
  if (!lost.empty() && !device_lost_) errors_.warn(lost);
  conclude(*session, done && !sink_.closed() && !InterruptCancels::interrupted(),
           std::chrono::duration<double>(elapsed).count());
  return finish({});
}

void ScanRun::tell(const Status& done) {
  if (is_device_lost(done)) device_lost_ = true;
  if (!done && !InterruptCancels::interrupted()) errors_.report({}, done.error());
}

scan::ScanTotals ScanRun::totals() const {
  scan::ScanTotals totals = job_ ? job_->totals() : scan::ScanTotals();
  return totals += account_.totals_before();
}

std::uint64_t ScanRun::errors() const { return errors_.count() + account_.totals_before().errors; }

void ScanRun::conclude(const Session& session, bool complete, double seconds) {
  if (changed_files_ > kChangedFilesNamed) {
    errors_.warn(fmt::format("{} more files changed since they were scanned",
                             changed_files_ - kChangedFilesNamed));
  }
  const ScanReport report{.totals = totals(),
                          .session = session.statistics(),
                          .backend = session.backend(),
                          .directories = walk_->directories(),
                          .errors = errors(),
                          .seconds = account_.seconds_before() + seconds,
                          .runs = account_.runs_before() + 1,
                          .restarts = account_.restarts(),
                          .given = options_.paths};
  scan::Checkpoint* const checkpoint = account_.checkpoint();
  // A scan that will be gone on with has no end of its output yet.
  if (options_.json && (complete || checkpoint == nullptr)) {
    sink_.write_end(statistics_json(report));
  }
  if (options_.stats) errors_.note(statistics_text(report));
  if (checkpoint == nullptr || !complete || sink_.closed()) return;
  if (auto ended = checkpoint->end(exit_code()); !ended) errors_.report({}, ended.error());
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
      "--checkpoint it is that of all runs together. A scan whose GPU faults or hangs goes on by\n"
      "itself in a new process of the same number, up to three times.\n\n"
      "  vyre scan -e 'password\\s*=' src\n"
      "  vyre scan --rules rules.toml --json /srv > findings.jsonl\n"
      "  vyre scan -e secret --checkpoint scan.progress --output found.txt /srv\n"
      "  vyre scan -o -e 'BEGIN [A-Z ]+KEY' --path passthrough --lba 2048:1000000 /dev/ng0n1");
  declare_scan_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = ScanRun(*options).run(); });
}

}  // namespace vyre::cli
