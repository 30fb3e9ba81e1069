#include "cli/verify_command.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/literal_argument.hpp"
#include "cli/output_file.hpp"
#include "cli/program_file.hpp"
#include "cli/program_report.hpp"

namespace vyre::cli {
namespace {

struct VerifyOptions {
  std::vector<std::string> files;
  bool json = false;
};

/// One file's report to standard output, its problems (unless as JSON) to standard error.
class VerifyRun {
 public:
  explicit VerifyRun(const VerifyOptions& options) : options_(options) {}

  int run() {
    int exit_code = kDone;
    for (const std::string& file : options_.files) {
      exit_code = std::max(exit_code, check(file));
      if (!output_) {
        fmt::print(stderr, "vyre: {}\n", output_.error().message());
        return kFailed;
      }
    }
    return exit_code;
  }

 private:
  int check(const std::string& file) {
    auto loaded = load_program_file(file);
    if (!loaded) {
      refuse(file, loaded.error().problems);
      return loaded.error().unreadable ? kFailed : kAnswerIsNo;
    }
    const auto verified = verify(loaded->program);
    if (!verified) {
      refuse(file, {loaded->locate(verified.error())});
      return kAnswerIsNo;
    }
    output_ = write_output(
        "-", options_.json ? program_json(file, *verified) : program_text(file, *verified));
    return kDone;
  }

  void refuse(const std::string& file, const std::vector<ProgramProblem>& problems) {
    if (options_.json) {
      output_ = write_output("-", problems_json(file, problems));
    } else {
      print_problems(problems);
    }
  }

  const VerifyOptions& options_;
  Status output_;
};

}  // namespace

void add_verify_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command =
      app.add_subcommand("verify", "Check programs and tell what they cost and touch");
  command->footer(
      "Text and binary programs are told apart by their content. A rejection names the\n"
      "instruction, the reason and the fix; in text as FILE:LINE:COLUMN: WHAT; FIX.\n"
      "Fuel is the worst case of one tile of 64 KiB; 1 is one operation on 128 lanes.\n"
      "Exit status: 0 all accepted, 1 one rejected, 2 a file cannot be read.\n\n"
      "  vyre verify wc.vasm\n"
      "  vyre verify --json *.vir0 | jq .fuel_per_tile");
  command->add_flag("--json", options->json, "Print JSON Lines, one for each file");
  command->add_option("FILE", options->files, "Programs; - is standard input")
      ->required()
      ->expected(1, -1);
  command->callback([options, &exit_code] {
    for (std::string& file : options->files) file = unmark_literal(std::move(file));
    exit_code = VerifyRun(*options).run();
  });
}

}  // namespace vyre::cli
