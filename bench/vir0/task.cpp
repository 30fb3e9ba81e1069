#include "task.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <string_view>

#include "fail.hpp"
#include "hand/hand.hpp"
#include "machine.hpp"
#include "vyre/pattern_program.hpp"
#include "vyre/program_text.hpp"

namespace vyre::bench {
namespace {

constexpr u32 kThreshold = 90000;
constexpr std::string_view kLiteral = "#include <";
constexpr std::string_view kIdentifier =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

using Hand = Answer (*)(hand::Bytes);
using File = std::span<const u8>;

VerifiedProgram assembled(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(fmt::format("{} cannot be read", path));
  auto program = assemble(std::string{std::istreambuf_iterator<char>(file), {}});
  if (!program) fail(fmt::format("{}: {}", path, program.error().message()));
  auto verified = verify(std::move(*program));
  if (!verified) fail(fmt::format("{}: {}", path, verified.error().message()));
  return std::move(*verified);
}

Contestant loaded(const VerifiedProgram& program, backend::CpuLevel level, const std::string& name,
                  u32 first_word = 0) {
  const auto machine = std::make_shared<Machine>(program, level);
  machine->window()[0] = first_word;
  return {name, [machine](File file) { return machine->run(file); }};
}

Contestant by_hand(const std::string& name, Hand function) { return {name, function}; }

hand::ByteSet identifier_bytes() {
  hand::ByteSet set{};
  for (const char byte : kIdentifier) set[static_cast<u8>(byte)] = 1;
  return set;
}

hand::Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

/// Words that C headers are full of, and `count` that are hardly there.
std::vector<std::string> keywords(std::size_t count) {
  std::vector<std::string> words{"EWOULDBLOCK",  "SIGPIPE",   "nullptr_t",
                                 "memory_order", "Copyright", "pthread_create"};
  std::mt19937 random(20261122);
  for (std::size_t n = 0; n < count; ++n) {
    std::string& word = words.emplace_back(6 + random() % 7, ' ');
    for (char& letter : word) letter = static_cast<char>('a' + random() % 26);
  }
  return words;
}

Task automaton_task(const Corpora& corpora, backend::CpuLevel level, std::size_t words) {
  const std::vector<std::string> patterns = keywords(words);
  // Lives as long as the process: the walks by hand read its table.
  static std::vector<std::unique_ptr<VerifiedProgram>> programs;
  programs.push_back(std::make_unique<VerifiedProgram>(expect(candidate_program(patterns))));
  const VerifiedProgram& program = *programs.back();
  if (program.program().tables.size() != 1) fail("the keywords make more than one automaton");
  const hand::Bytes table{reinterpret_cast<const u8*>(program.program().tables[0].data()),
                          program.program().tables[0].size()};
  return {fmt::format("automaton scan, {} keywords", patterns.size()),
          "text",
          Kind::kMacro,
          corpora.text,
          loaded(program, level, "candidate_program"),
          {{"byte by byte", [table](File file) { return hand::automaton(file, table); }},
           {"8 parts interleaved",
            [table](File file) { return hand::automaton_interleaved(file, table); }}}};
}

/// Makes the tasks that are asked for; the others cost nothing.
class TaskList {
 public:
  explicit TaskList(const TaskOptions& options) : options_(options) {}

  [[nodiscard]] bool wants(const std::string& name) const {
    return name.find(options_.only) != std::string::npos;
  }
  void add(const std::string& name, const std::string& input, Kind kind, File bytes,
           const std::string& program, std::vector<Contestant> by_hand, u32 first_word = 0) {
    if (!wants(name)) return;
    const bool own = program.front() == '+';
    const std::string file = program.substr(own ? 1 : 0) + ".vasm";
    tasks_.push_back({name, input, kind, bytes,
                      loaded(assembled((own ? options_.programs : options_.examples) + "/" + file),
                             options_.level, file, first_word),
                      std::move(by_hand)});
  }
  void add(Task task) {
    if (wants(task.name)) tasks_.push_back(std::move(task));
  }
  [[nodiscard]] backend::CpuLevel level() const { return options_.level; }
  std::vector<Task> take() { return std::move(tasks_); }

 private:
  const TaskOptions& options_;
  std::vector<Task> tasks_;
};

/// One macro-instruction each. A name that begins with '+' is a program of the benchmark's own.
void add_macros(TaskList& list, const Corpora& corpora) {
  for (const auto& [input, bytes] :
       {std::pair{"text", corpora.text}, std::pair{"random bytes", corpora.random}}) {
    list.add("histogram", input, Kind::kMacro, bytes, "histogram",
             {by_hand("4 tables", hand::histogram_4_tables),
              by_hand("8 tables", hand::histogram_8_tables)});
  }
  list.add("CRC-32C", "text", Kind::kMacro, corpora.text, "crc32c",
           {by_hand("SSE4.2, 3 streams", hand::crc32c_sse42)});
  list.add("line count", "text", Kind::kMacro, corpora.text, "+line_count",
           {by_hand("std::count", hand::lines_portable), by_hand("AVX2", hand::lines_avx2)});
  list.add(automaton_task(corpora, list.level(), 94));
  list.add("xxh64", "text", Kind::kMacro, corpora.text, "xxh64",
           {by_hand("libxxhash", hand::xxh64)});
  const hand::ByteSet set = identifier_bytes();
  list.add("class bitmap: bytes of a set", "text", Kind::kMacro, corpora.text, "+member_count",
           {{"table", [set](File file) { return hand::members_portable(file, set); }},
            {"AVX2", [set](File file) { return hand::members_avx2(file, set); }}});
  list.add("find a literal", "text", Kind::kMacro, corpora.text, "+find_count",
           {{"memmem", [](File file) { return hand::find_count(file, bytes_of(kLiteral)); }}});
}

void add_vector_programs(TaskList& list, const Corpora& corpora) {
  list.add("line count by vector instructions", "text", Kind::kVector, corpora.text,
           "+line_count_vector",
           {by_hand("std::count", hand::lines_portable), by_hand("AVX2", hand::lines_avx2)});
  list.add("field filter", "rows", Kind::kMixed, corpora.rows, "field_filter",
           {{"scalar, memchr", [](File file) { return hand::field_filter(file, kThreshold); }},
            {"AVX2 bitmaps", [](File file) { return hand::field_filter_avx2(file, kThreshold); }}},
           kThreshold);
  list.add("word count", "text", Kind::kMixed, corpora.text, "wc",
           {by_hand("table", hand::word_count_portable), by_hand("AVX2", hand::word_count_avx2)});
  for (const auto& [input, bytes] :
       {std::pair{"text", corpora.text}, std::pair{"letters", corpora.letters}}) {
    list.add("UTF-8", input, Kind::kVector, bytes, "utf8", {by_hand("scalar", hand::utf8)});
  }
  list.add("longest line", "text", Kind::kMixed, corpora.text, "longest_line",
           {by_hand("memchr", hand::longest_line)});
}

}  // namespace

std::vector<Task> make_tasks(const Corpora& corpora, const TaskOptions& options) {
  TaskList list(options);
  add_macros(list, corpora);
  add_vector_programs(list, corpora);
  return list.take();
}

}  // namespace vyre::bench
