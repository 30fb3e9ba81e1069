// VIR0 programs beside the same work written by hand, on one core: the part of `scripts/bench vir0`
// that measures. Prints one JSON object. Ends with status 1 where two answers differ.
//
//   vir0_benchmarks --examples FOLDER --programs FOLDER [--repetitions N] [--mebibytes N]
//                   [--only TEXT] [--tasks-only] [--level NAME]

#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "corpus.hpp"
#include "fail.hpp"
#include "instructions.hpp"
#include "measure.hpp"
#include "task.hpp"

namespace vyre::bench {
namespace {

struct Options {
  TaskOptions tasks;
  int repetitions = 9;
  std::size_t mebibytes = 64;
  bool tasks_only = false;
};

/// Keeps this thread on the last of the cores that it may use.
void hold_one_core() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  int last = -1;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) last = core;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) fail("the thread cannot be held to one core");
}

nlohmann::json to_json(const Spread& spread) {
  return {{"median", spread.median}, {"min", spread.least}, {"max", spread.most}};
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kMacro:
      return "macro";
    case Kind::kVector:
      return "vector";
    case Kind::kMixed:
      return "mixed";
  }
  return "";
}

/// The level of that name; ends the process where the processor does not run it.
backend::CpuLevel level_named(const std::string& name) {
  for (const backend::CpuLevel level : backend::cpu_levels()) {
    if (backend::name_of(level) == name) return level;
  }
  fail(fmt::format("this processor has no level `{}`", name));
}

/// All contestants in turn, `repetitions` times after one that warms up; their answers must agree.
nlohmann::json run_task(const Task& task, int repetitions) {
  std::vector<const Contestant*> contestants{&task.program};
  for (const Contestant& contestant : task.by_hand) contestants.push_back(&contestant);
  const Answer expected = task.by_hand.front().run(task.bytes);
  std::vector<std::vector<double>> seconds(contestants.size());
  for (int round = -1; round < repetitions; ++round) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      Answer answer;
      const double taken = seconds_of([&] { answer = contestants[i]->run(task.bytes); });
      if (answer != expected) {
        fail(fmt::format("{}: {} and {} give different answers", task.name, contestants[i]->name,
                         task.by_hand.front().name));
      }
      if (round >= 0) seconds[i].push_back(taken);
    }
  }
  nlohmann::json by_hand = nlohmann::json::array();
  for (std::size_t i = 1; i < contestants.size(); ++i) {
    by_hand.push_back(
        {{"name", contestants[i]->name}, {"seconds", to_json(spread_of(seconds[i]))}});
  }
  return {{"task", task.name},
          {"input", task.input},
          {"kind", name_of(task.kind)},
          {"bytes", task.bytes.size()},
          {"records", expected.records.size()},
          {"program", task.program.name},
          {"seconds", to_json(spread_of(seconds[0]))},
          {"by_hand", by_hand}};
}

nlohmann::json run_tasks(const Options& options) {
  const std::size_t bytes = options.mebibytes << 20;
  const FileImage text(bytes), rows(bytes), letters(bytes), random(bytes);
  if (const std::string problem = fill_with_text(text.bytes()); !problem.empty()) fail(problem);
  fill_with_rows(rows.bytes());
  fill_with_letters(letters.bytes());
  fill_with_random(random.bytes());
  nlohmann::json results = nlohmann::json::array();
  for (const Task& task :
       make_tasks({text.bytes(), rows.bytes(), letters.bytes(), random.bytes()}, options.tasks)) {
    fmt::print(stderr, "bench: {}, {}\n", task.name, task.input);
    results.push_back(run_task(task, options.repetitions));
  }
  return results;
}

int run(const Options& options) {
  hold_one_core();
  nlohmann::json report{{"repetitions", options.repetitions},
                        {"level", backend::name_of(options.tasks.level)},
                        {"tasks", run_tasks(options)}};
  if (!options.tasks_only) {
    for (const InstructionTime& time : time_instructions(options.tasks.level, 21)) {
      report["instructions"].push_back({{"text", time.text}, {"seconds", to_json(time.seconds)}});
    }
    for (const VerificationTime& time : time_verification(101)) {
      report["verification"].push_back({{"shape", time.shape},
                                        {"instructions", time.instructions},
                                        {"seconds", to_json(time.seconds)}});
    }
  }
  fmt::print("{}\n", report.dump(1));
  return 0;
}

}  // namespace
}  // namespace vyre::bench

int main(int argc, char** argv) {
  vyre::bench::Options options;
  CLI::App app{"VIR0 programs beside the same work written by hand"};
  app.add_option("--examples", options.tasks.examples)->required();
  app.add_option("--programs", options.tasks.programs)->required();
  app.add_option("--only", options.tasks.only, "tasks whose name contains this");
  std::string level{vyre::backend::name_of(vyre::backend::best_cpu_level())};
  app.add_option("--level", level, "instructions that the programs may use");
  app.add_option("--repetitions", options.repetitions)->check(CLI::Range(1, 1000));
  app.add_option("--mebibytes", options.mebibytes)->check(CLI::Range(1, 2048));
  app.add_flag("--tasks-only", options.tasks_only);
  CLI11_PARSE(app, argc, argv);
  options.tasks.level = vyre::bench::level_named(level);
  return vyre::bench::run(options);
}
