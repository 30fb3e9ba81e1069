#include "cli/asm_command.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/literal_argument.hpp"
#include "cli/output_file.hpp"
#include "cli/program_file.hpp"

namespace vyre::cli {
namespace {

struct AsmOptions {
  std::string input;
  std::string output;
  bool no_verify = false;
};

int complain(const Error& error) {
  fmt::print(stderr, "vyre: {}\n", error.message());
  return kFailed;
}

std::string default_output(const std::string& input) {
  constexpr std::string_view kTextSuffix = ".vasm";
  if (input == "-") return "-";
  const std::size_t suffix = input.ends_with(kTextSuffix) ? kTextSuffix.size() : 0;
  return input.substr(0, input.size() - suffix) + ".vir0";
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  if (::stat(a.c_str(), &first) != 0 || ::stat(b.c_str(), &second) != 0) return false;
  return S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

int run(const AsmOptions& options) {
  const std::string output =
      options.output.empty() ? default_output(options.input) : options.output;
  if (output == "-" && ::isatty(STDOUT_FILENO) == 1) {
    return complain(invalid_argument("a binary program is nothing for a terminal",
                                     "name a file by -o, or send the output elsewhere"));
  }
  if (options.input != "-" && output != "-" && is_same_file(options.input, output)) {
    return complain(
        invalid_argument(output + " is the program's text itself", "name another file by -o"));
  }
  const auto loaded = load_program_file(options.input);
  if (!loaded) {
    print_problems(loaded.error().problems);
    return loaded.error().unreadable ? kFailed : kAnswerIsNo;
  }
  if (loaded->binary) {
    print_problems({{options.input,
                     {0, 0},
                     -1,
                     "the program is in binary form already",
                     "read it by vyre disasm"}});
    return kAnswerIsNo;
  }
  if (!options.no_verify) {
    if (const auto verified = verify(loaded->program); !verified) {
      print_problems({loaded->locate(verified.error())});
      return kAnswerIsNo;
    }
  }
  const std::vector<std::byte> bytes = encode(loaded->program);
  const Status written =
      write_output(output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return written ? kDone : complain(written.error());
}

}  // namespace

void add_asm_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<AsmOptions>();
  CLI::App* command = app.add_subcommand("asm", "Assemble a program's text into its binary form");
  command->footer(
      "The program is verified first: what is written can be loaded. Mistakes are told as\n"
      "FILE:LINE:COLUMN: WHAT; FIX. The output appears whole or not at all.\n"
      "Exit status: 0 written, 1 the program is wrong, 2 a file cannot be read or written.\n\n"
      "  vyre asm wc.vasm                  writes wc.vir0\n"
      "  vyre asm wc.vasm -o /tmp/wc.vir0\n"
      "  generate | vyre asm - > program.vir0");
  command->add_option("IN", options->input, "The program's text; - is standard input")->required();
  command
      ->add_option("-o,--output", options->output,
                   "Where to write; - is standard output (default: IN with the suffix .vir0)")
      ->type_name("OUT");
  command->add_flag("--no-verify", options->no_verify,
                    "Write a program that could not be loaded as well");
  command->callback([options, &exit_code] {
    options->input = unmark_literal(std::move(options->input));
    options->output = unmark_literal(std::move(options->output));
    exit_code = run(*options);
  });
}

}  // namespace vyre::cli
