#include "cli/disasm_command.hpp"

#include <fmt/format.h>

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

struct DisasmOptions {
  std::string input;
  std::string output = "-";
};

int run(const DisasmOptions& options) {
  const auto loaded = load_program_file(options.input);
  if (!loaded) {
    print_problems(loaded.error().problems);
    return loaded.error().unreadable ? kFailed : kAnswerIsNo;
  }
  const Status written = write_output(options.output, disassemble(loaded->program));
  if (written) return kDone;
  fmt::print(stderr, "vyre: {}\n", written.error().message());
  return kFailed;
}

}  // namespace

void add_disasm_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DisasmOptions>();
  CLI::App* command = app.add_subcommand("disasm", "Write a program as text");
  command->footer(
      "The text assembles to an equal program, verified or not. A program that is text already\n"
      "is written anew, without its comments, aliases and constants.\n"
      "Exit status: 0 written, 1 the file holds no program, 2 a file cannot be read or written.\n\n"
      "  vyre disasm wc.vir0\n"
      "  vyre disasm wc.vir0 -o wc.vasm\n"
      "  vyre asm wc.vasm -o - | vyre disasm -");
  command->add_option("FILE", options->input, "The program; - is standard input")->required();
  command
      ->add_option("-o,--output", options->output,
                   "Where to write; - is standard output (the default)")
      ->type_name("OUT");
  command->callback([options, &exit_code] {
    options->input = unmark_literal(std::move(options->input));
    options->output = unmark_literal(std::move(options->output));
    exit_code = run(*options);
  });
}

}  // namespace vyre::cli
