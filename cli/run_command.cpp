#include "cli/run_command.hpp"

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
#include "cli/own_files.hpp"
#include "cli/progress.hpp"
#include "cli/run_consumer.hpp"
#include "cli/run_options.hpp"
#include "cli/run_resources.hpp"
#include "cli/run_statistics.hpp"
#include "cli/run_windows.hpp"
#include "cli/source_feed.hpp"
#include "cli/statistics_text.hpp"
#include "ingest/tree_walk.hpp"
#include "vyre/session.hpp"

namespace vyre::cli {
namespace {

// Each file has a slot of its own. With many slots, of two tiles and their halos, the time per
// small file was lowest, while big files lose nothing.
constexpr std::uint32_t kSlotBytes = 2 * 64 * 1024 + 2 * 4096;
constexpr std::uint64_t kRingBytes = 8u << 20;

RunOutput output_of(const RunOptions& options) {
  if (options.raw) return RunOutput::kRaw;
  return options.json ? RunOutput::kJson : RunOutput::kText;
}

SessionOptions run_session(const RunOptions& options, const GivenSources& sources,
                           const ProgramBounds& bounds) {
  SessionOptions session = session_options(options.stream, sources);
  session.compile_programs = !options.interpret;
  session.slot_bytes = kSlotBytes;
  session.ring_bytes = kRingBytes;
  session.latency = options.stats || options.json;
  session.window_words = std::max(1u, bounds.window_words);
  // One chunk runs at a time.
  if (bounds.order == TileOrder::kSerial) session.rings = session.workers = 1;
  return session;
}

// An interrupt is what the user wanted.
bool is_failure(const Status& done) { return !done && !InterruptCancels::interrupted(); }

class ProgramRun {
 public:
  explicit ProgramRun(const RunOptions& options) : options_(options) {}
  int run();

 private:
  Status execute();
  Status check_program() const;
  Result<std::vector<WindowSetting>> settings() const;
  Result<Session> open_session() const;
  Status stream(Session& session);
  void tell(const Status& done);
  RunReport report(const Session& session, const ingest::TreeWalk& walk, double seconds) const;
  Status print_end(const Session& session, const RunReport& report);
  /// Does not return where the device is lost.
  int finish(const Status& done);

  const RunOptions& options_;
  GivenSources sources_;
  scan::OutputSink sink_{STDOUT_FILENO};
  scan::ErrorLog errors_{STDERR_FILENO};
  RunTotals totals_;
  std::optional<RunProgram> program_;
  bool device_lost_ = false;
};

int ProgramRun::run() {
  if (auto checked = check_run_options(options_); !checked) return finish(checked);
  const auto sources = look_at_sources(options_.paths, options_.stream);
  if (!sources) return finish(tl::unexpected(sources.error()));
  sources_ = *sources;
  auto program = RunProgram::load(options_.program);
  if (!program) {
    print_problems(program.error());
    return kFailed;
  }
  program_ = std::move(*program);
  return finish(execute());
}

Status ProgramRun::execute() {
  if (auto checked = check_program(); !checked) return checked;
  auto session = open_session();
  if (!session) return tl::unexpected(std::move(session.error()));
  return stream(*session);
}

Status ProgramRun::check_program() const {
  if (!options_.raw || program_->bounds().output_per_tile != 0) return {};
  return tl::unexpected(
      invalid_argument(program_->path() + ": the program copies nothing to its output",
                       "leave out --raw to see its results"));
}

Result<std::vector<WindowSetting>> ProgramRun::settings() const {
  std::vector<WindowSetting> settings;
  for (const std::string& text : options_.settings) {
    auto setting = parse_window_setting(text, program_->program());
    if (!setting) return tl::unexpected(std::move(setting.error()));
    settings.push_back(std::move(*setting));
  }
  return settings;
}

Result<Session> ProgramRun::open_session() const {
  const auto given = settings();
  if (!given) return tl::unexpected(given.error());
  const auto resources = parse_resources(options_.resources, program_->program());
  if (!resources) return tl::unexpected(resources.error());
  auto session = Session::open(run_session(options_, sources_, program_->bounds()));
  if (!session) return session;
  if (auto status = register_resources(*resources, *session); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  for (const WindowSetting& setting : *given) {
    if (auto status = session->write_window(setting.window->first, setting.words); !status) {
      return tl::unexpected(std::move(status.error()));
    }
  }
  return session;
}

Status ProgramRun::stream(Session& session) {
  auto loaded = session.load(program_->verified());
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  if (const auto refusal = session.compile_refusal()) {
    errors_.warn("the program is interpreted, which is slow: " + refusal->message());
  }
  const ResultFormat format(program_->program());
  const RunJob job{.program = *program_,
                   .format = format,
                   .output = output_of(options_),
                   .print_records = !options_.no_records,
                   .sink = sink_,
                   .errors = errors_,
                   .totals = totals_};
  ingest::TreeWalk walk(options_.paths, [&job](const std::string& path, const Error& error) {
    job.report(path, error);
  });
  OwnFiles own_files;
  if (!options_.stream.trace.empty()) own_files.add(options_.stream.trace);
  SourceFeed feed(
      walk, options_.stream.blocks, [this] { return sink_.closed(); }, own_files);
  const auto start = std::chrono::steady_clock::now();
  Status done;
  {
    Progress progress(STDERR_FILENO,
                      [this](double seconds) { return run_progress_text(totals_, seconds); });
    sink_.set_before_write([&progress] { progress.erase(); });
    errors_.set_before_write([&progress] { progress.erase(); });
    const InterruptCancels interrupt(session);
    done = session.stream(
        feed, *loaded, [&job](std::uint32_t) { return std::make_unique<RunConsumer>(job); },
        {.placement = FilePlacement::kSeparate, .deadline = options_.stream.deadline});
    sink_.set_before_write({});
    errors_.set_before_write({});
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (Status recorded = session.finish_recording(); done) done = std::move(recorded);
  tell(done);
  if (const Status traced = session.trace_status(); !traced) errors_.report({}, traced.error());
  const RunReport told = report(session, walk, elapsed.count());
  // Of a machine that is lost the error tells.
  const std::string lost = loss_warning(told.session);
  if (!lost.empty() && !device_lost_) errors_.warn(lost);
  if (options_.stats) errors_.note(run_statistics_text(told));
  const Status printed = is_failure(done) ? Status() : print_end(session, told);
  // The session's own end would wait for the device.
  if (device_lost_ || is_device_lost(printed)) finish(printed);
  return printed;
}

void ProgramRun::tell(const Status& done) {
  if (is_device_lost(done)) device_lost_ = true;
  if (is_failure(done)) errors_.report({}, done.error());
}

RunReport ProgramRun::report(const Session& session, const ingest::TreeWalk& walk,
                             double seconds) const {
  return {.totals = totals_,
          .session = session.statistics(),
          .backend = session.backend(),
          .directories = walk.directories(),
          .errors = errors_.count(),
          .seconds = seconds,
          .given = options_.paths};
}

Status ProgramRun::print_end(const Session& session, const RunReport& report) {
  if (options_.raw) return {};
  if (options_.json) {
    const auto windows = windows_json(program_->program(), session);
    if (!windows) return tl::unexpected(windows.error());
    sink_.write(run_summary_json(report, *windows));
    return {};
  }
  const auto windows = windows_text(program_->program(), session);
  if (!windows) return tl::unexpected(windows.error());
  if (!windows->empty()) sink_.write("windows:" + *windows + "\n");
  return {};
}

int ProgramRun::finish(const Status& done) {
  tell(done);
  const bool interrupted = InterruptCancels::interrupted();
  const auto error = sink_.error();
  if (error && !interrupted) errors_.report({}, *error);
  const int code = interrupted ? kInterrupted : errors_.count() > 0 ? kFailed : kDone;
  if (device_lost_) exit_without_device(code);
  return code;
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a program over files and trees");
  command->footer(
      "Each file's results are printed as PATH: NAME=VALUE..., its records before them as\n"
      "PATH:OFFSET: VALUE, and at the end what the program left in its windows. Results depend on\n"
      "the file alone. Files come as they are finished; with --threads 1, in the order of the "
      "walk.\n"
      "A file that fails has no results; beyond 64 KiB its records are printed as they are found.\n"
      "Exit status: 0 the program ran over every file, 2 an error occurred, 130 Ctrl-C.\n\n"
      "  vyre run examples/wc.vasm src\n"
      "  vyre run examples/field_filter.vasm --json table.csv > rows.jsonl\n"
      "  vyre run --set limit=100 --no-records program.vir0 /srv\n"
      "  vyre run --resource records=data.bin examples/follow_index.vasm data.index\n"
      "  vyre run --path passthrough --lba 2048:1000000 examples/crc32c.vasm /dev/ng0n1");
  declare_run_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = ProgramRun(*options).run(); });
}

}  // namespace vyre::cli
