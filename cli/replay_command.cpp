#include "cli/replay_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/literal_argument.hpp"
#include "cli/lost_device.hpp"
#include "cli/output_file.hpp"
#include "cli/progress.hpp"
#include "cli/replay_report.hpp"
#include "cli/stream_arguments.hpp"
#include "vyre/replay.hpp"

namespace vyre::cli {
namespace {

struct ReplayArguments {
  std::string log;
  bool json = false;
  std::uint32_t threads = 0;
  BackendChoice backend = {};
};

Result<ReplayReport> replay_with_progress(const ReplayArguments& arguments) {
  std::atomic<std::uint64_t> slots{0};
  std::atomic<std::uint64_t> bytes{0};
  const Progress progress(STDERR_FILENO, [&](double seconds) {
    return replay_progress_text(slots.load(), bytes.load(), seconds);
  });
  return replay(arguments.log, {.backend = arguments.backend,
                                .workers = arguments.threads,
                                .on_progress = [&](const ReplayCounts& counts) {
                                  slots.store(counts.slots, std::memory_order_relaxed);
                                  bytes.store(counts.bytes, std::memory_order_relaxed);
                                }});
}

int run_replay(const ReplayArguments& arguments) {
  const auto fail = [](const Error& error) {
    fmt::print(stderr, "vyre: {}\n", error.message());
    if (is_device_lost(tl::unexpected(error))) exit_without_device(kFailed);
    return kFailed;
  };
  if (auto checked = check_backend_choice(arguments.backend); !checked) {
    return fail(checked.error());
  }
  const auto report = replay_with_progress(arguments);
  if (!report) return fail(report.error());
  const Status written = write_output("-", arguments.json ? replay_json(arguments.log, *report)
                                                          : replay_text(arguments.log, *report));
  if (!written) return fail(written.error());
  return report->difference ? kAnswerIsNo : kDone;
}

}  // namespace

void add_replay_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<ReplayArguments>();
  CLI::App* command =
      app.add_subcommand("replay", "Run what a log recorded once more, and compare");
  command->footer(
      "The log is one that scan or run have written with --record, on any backend. Each slot's\n"
      "program runs again over the same bytes and loads the same of its resources, from the\n"
      "files or, with --record-inputs, from the log; the first slot whose loads or outcome are\n"
      "not the recorded ones is told, and its words.\n"
      "A log that a crash has cut is replayed up to there.\n"
      "Exit status: 0 no difference, 1 a difference, or an input that has changed, 2 an error.\n\n"
      "  vyre scan --rules rules.toml --record scan.log /srv\n"
      "  vyre replay scan.log\n"
      "  vyre replay --backend cpu --json scan.log | jq .difference");
  command->add_flag("--json", arguments->json, "Print one line of JSON");
  command
      ->add_option("--threads", arguments->threads,
                   "Threads that run programs on the CPU backend (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1u, kMaxThreads));
  declare_backend_choice(*command, arguments->backend);
  command->add_option("LOG", arguments->log, "A replay log")->required();
  command->callback([arguments, &exit_code] {
    arguments->log = unmark_literal(std::move(arguments->log));
    exit_code = run_replay(*arguments);
  });
}

}  // namespace vyre::cli
