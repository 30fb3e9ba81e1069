#include "cli/doctor_command.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/doctor_report.hpp"
#include "cli/exit_status.hpp"
#include "cli/literal_argument.hpp"
#include "cli/word_option.hpp"
#include "doctor/diagnose.hpp"

namespace vyre::cli {
namespace {

struct DoctorOptions {
  bool json = false;
  std::vector<std::string> required;
  std::vector<std::string> paths;
};

const std::vector<std::pair<std::string, PathChoice>> kWays = {
    {"mapped", PathChoice::kMapped},
    {"passthrough", PathChoice::kPassthrough},
    {"peer", PathChoice::kPeer}};

std::string refuse_unknown_way(const std::string& given) {
  std::vector<std::string> known;
  for (const auto& [word, way] : kWays) {
    if (word == given) return {};
    known.push_back(word);
  }
  return no_such_word(given, known);
}

/// In the order of their first mention, each once.
template <class Value>
void append_once(std::vector<Value>& values, Value value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) {
    values.push_back(std::move(value));
  }
}

doctor::Question question_of(const DoctorOptions& options) {
  doctor::Question question;
  for (const std::string& word : options.required) {
    for (const auto& [known, way] : kWays) {
      if (known == word) append_once(question.required, way);
    }
  }
  for (const std::string& path : options.paths) append_once(question.paths, unmark_literal(path));
  question.about_paths = !question.paths.empty();
  if (question.paths.empty()) question.paths.emplace_back(".");
  return question;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "Tell what this machine offers and what it lacks");
  command->add_flag("--json", options->json, "Print one JSON document");
  command
      ->add_option(
          "--require", options->required,
          "Exit with 0 only where this way to read works, which is tried: mapped, "
          "passthrough or peer, on each PATH, or without one anywhere here; may be repeated")
      ->allow_extra_args(false)
      ->check(CLI::Validator(refuse_unknown_way, ""))
      ->type_name("WAY");
  command
      ->add_option("PATH", options->paths,
                   "Also look at the file systems under these; of devices, tell which ways to read "
                   "them work")
      ->capture_default_str();
  command->callback([options, &exit_code] {
    const doctor::Report report = doctor::diagnose(question_of(*options));
    const std::string text = options->json ? doctor_json(report) : doctor_text(report);
    std::fwrite(text.data(), 1, text.size(), stdout);
    exit_code = report.healthy && doctor::meets_requirements(report) ? kDone : kAnswerIsNo;
  });
}

}  // namespace vyre::cli
