// The kernels by hand, alone: compares their answers with the host's on inputs of many lengths,
// then prints how fast each way of each is. Ends with status 1 where an answer is wrong.
//
//   vyre_gpu_yardsticks --rules FILE [--mebibytes N] [--repetitions N]

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <random>

#include "device_corpus.hpp"
#include "fail.hpp"
#include "hand/hand.hpp"
#include "measure.hpp"
#include "patterns.hpp"
#include "reference.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr u32 kThreshold = 90000;
constexpr const char* kLiteral = "pthread_create";

struct Options {
  std::string rules;
  u64 mebibytes = 1024;
  int repetitions = 5;
};

struct Subject {
  std::string name;
  std::unique_ptr<hand::Task> task;
  const DeviceCorpus* corpus;
  std::function<Answer(reference::Bytes)> reference;
};

/// Lengths around the kernels' own sizes, and some by chance.
std::vector<u64> lengths(u64 most) {
  std::vector<u64> all{0, 1, 31, 32, 33, 511, 512, 513, 1023, 1025, 2047, 2049, 65536, 1 << 20};
  std::mt19937_64 random(20261121);
  for (int i = 0; i < 6; ++i) all.push_back(random() % most);
  all.push_back(most);
  return all;
}

bool check(Subject& subject) {
  bool right = true;
  const std::vector<u8>& piece = subject.corpus->piece();
  const std::vector<std::string> ways = subject.task->ways();
  for (const u64 length : lengths(piece.size())) {
    const Answer expected = subject.reference({piece.data(), length});
    for (std::size_t way = 0; way < ways.size(); ++way) {
      subject.task->run(way, subject.corpus->bytes(length));
      if (subject.task->answer() == expected) continue;
      fmt::print("{}, {}: wrong answer on {} bytes\n", subject.name, ways[way], length);
      right = false;
    }
  }
  return right;
}

void time(Subject& subject, int repetitions) {
  const std::vector<std::string> ways = subject.task->ways();
  const u64 bytes = subject.corpus->size();
  for (std::size_t way = 0; way < ways.size(); ++way) {
    std::vector<double> rates;
    for (int round = -1; round < repetitions; ++round) {
      const double seconds =
          seconds_of([&] { subject.task->run(way, subject.corpus->bytes(bytes)); });
      if (round >= 0) rates.push_back(static_cast<double>(bytes) / seconds / 1e9);
    }
    const nlohmann::json spread = spread_of(rates);
    fmt::print("{}, {}: {:.0f} GB/s ({:.0f}..{:.0f})\n", subject.name, ways[way],
               spread["median"].get<double>(), spread["min"].get<double>(),
               spread["max"].get<double>());
  }
}

int run(const Options& options) {
  const u64 bytes = options.mebibytes << 20;
  const u64 piece = std::min<u64>(bytes, u64{16} << 20);
  const DeviceCorpus text(text_piece(piece, kLiteral), bytes);
  const DeviceCorpus rows(row_piece(piece), bytes);
  const Tables literal = literal_table(kLiteral);
  const Tables rules = rule_tables(options.rules);
  for (const auto& table : rules) fmt::print("rules: a table of {} bytes\n", table.size());

  std::vector<Subject> subjects;
  subjects.push_back({"histogram", hand::make_histogram(), &text, reference::histogram});
  subjects.push_back({"CRC-32C", hand::make_crc32c(), &text, reference::crc32c});
  subjects.push_back(
      {"field filter", hand::make_field_filter(kThreshold, bytes / 128), &rows,
       [](reference::Bytes all) { return reference::field_filter(all, kThreshold); }});
  for (const auto& [name, tables] :
       {std::pair{"automaton, one literal", &literal}, std::pair{"automaton, all rules", &rules}}) {
    subjects.push_back(
        {name, hand::make_automaton(*tables, text.piece(), bytes / 32), &text,
         [tables](reference::Bytes all) { return reference::automaton(all, *tables); }});
  }
  bool right = true;
  for (Subject& subject : subjects) {
    progress(subject.name);
    right = check(subject) && right;
    time(subject, options.repetitions);
  }
  fmt::print("{}\n", right ? "all answers are right" : "there are WRONG answers");
  return right ? 0 : 1;
}

}  // namespace
}  // namespace vyre::bench::gpu

int main(int argc, char** argv) {
  vyre::bench::gpu::Options options;
  CLI::App app{"Kernels written by hand: their answers and their speed"};
  app.add_option("--rules", options.rules)->required();
  app.add_option("--mebibytes", options.mebibytes)->check(CLI::Range(1, 32768));
  app.add_option("--repetitions", options.repetitions)->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  return vyre::bench::gpu::run(options);
}
