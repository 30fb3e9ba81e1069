#include <fmt/format.h>

#include <map>

#include "device_corpus.hpp"
#include "device_program.hpp"
#include "fail.hpp"
#include "measure.hpp"
#include "parts.hpp"
#include "patterns.hpp"
#include "scan/automata/candidate_program.hpp"

namespace vyre::bench::gpu {
namespace {

constexpr u32 kThreshold = 90000;
constexpr const char* kLiteral = "pthread_create";
constexpr u64 kPieceBytes = u64{256} << 20;
constexpr u64 kChunkBytes[] = {u64{512} << 10, u64{1} << 20,  u64{2} << 20,
                               u64{4} << 20,   u64{16} << 20, u64{64} << 20};
/// Room for records: one per so many bytes.
constexpr u64 kBytesPerCandidate = 1024;
constexpr u64 kBytesPerRow = 128;

struct DeviceTask {
  std::string name;
  const DeviceCorpus* corpus;
  std::unique_ptr<hand::Task> by_hand;
  VerifiedProgram program;
  /// 0: the program emits none.
  u64 bytes_per_record = 0;
  /// Chunks are files of their own.
  bool separate = false;
};

/// Chunks of 512 KiB and 1 MiB are of the beginning of the data alone: as many as the queue holds.
u64 bytes_in_chunks(const DeviceTask& task, u64 chunk_bytes) {
  return std::min(task.corpus->size(), chunk_bytes * Machine::kCapacity);
}

/// The fastest of several runs of each way.
std::size_t best_way(DeviceTask& task) {
  std::size_t best = 0;
  double least = 0;
  const hand::DeviceBytes bytes = task.corpus->bytes(task.corpus->size());
  const Answer expected = [&] {
    task.by_hand->run(0, bytes);
    return task.by_hand->answer();
  }();
  for (std::size_t way = 0; way < task.by_hand->ways().size(); ++way) {
    task.by_hand->run(way, bytes);
    if (task.by_hand->answer() != expected) fail(task.name + ": two ways by hand differ");
    const double seconds = std::min(seconds_of([&] { task.by_hand->run(way, bytes); }),
                                    seconds_of([&] { task.by_hand->run(way, bytes); }));
    if (way != 0 && seconds >= least) continue;
    best = way;
    least = seconds;
  }
  return best;
}

void check(const DeviceTask& task, const Answer& own, const Answer& by_hand) {
  if (own == by_hand) return;
  fail(fmt::format("{}: the program finds {} records, the kernel by hand {}; first words {} and {}",
                   task.name, own.records.count(), by_hand.records.count(),
                   own.words.empty() ? 0 : own.words[0],
                   by_hand.words.empty() ? 0 : by_hand.words[0]));
}

/// Runs one task's both sides.
class TaskRun {
 public:
  TaskRun(Machine& machine, DeviceTask& task)
      : machine_(machine), task_(task), way_(best_way(task)) {
    opcode_ = expect(machine.kernel().load(task.program, 0));
    for (const u64 chunk_bytes : kChunkBytes) {
      const u64 bytes = bytes_in_chunks(task, chunk_bytes);
      if (answers_.find(bytes) == answers_.end()) answers_[bytes] = hand_answer(bytes);
    }
  }

  nlohmann::json measure(int repetitions) {
    choose_chunk();
    const u64 bytes = bytes_in_chunks(task_, best_chunk_);
    DeviceProgram program = make_program(best_chunk_);
    std::vector<double> own;
    std::vector<double> by_hand;
    for (int round = 0; round < repetitions; ++round) {
      const u64 all = task_.corpus->size();
      const double hand_seconds =
          seconds_of([&] { task_.by_hand->run(way_, task_.corpus->bytes(all)); });
      if (task_.by_hand->answer() != answers_.at(all)) fail(task_.name + ": by hand differs");
      by_hand.push_back(static_cast<double>(all) / hand_seconds);
      machine_.launch();
      machine_.nop();
      own.push_back(static_cast<double>(bytes) / program.run());
      check(task_, program.answer(), answers_.at(bytes));
      machine_.quiesce();
    }
    return {{"task", task_.name},
            {"bytes", bytes},
            {"records", answers_.at(bytes).records.count()},
            {"chunk_bytes", best_chunk_},
            {"bytes_per_second", spread_of(own)},
            {"bytes_per_second_by_chunk", by_chunk_},
            {"by_hand",
             {{"way", task_.by_hand->ways()[way_]},
              {"bytes", task_.corpus->size()},
              {"bytes_per_second", spread_of(by_hand)}}}};
  }

 private:
  Answer hand_answer(u64 bytes) {
    task_.by_hand->run(way_, task_.corpus->bytes(bytes));
    return task_.by_hand->answer();
  }
  DeviceProgram make_program(u64 chunk_bytes) {
    const u64 per_record = task_.bytes_per_record;
    const auto records = static_cast<u32>(per_record == 0 ? 0 : chunk_bytes / per_record);
    return {machine_,
            task_.program,
            opcode_,
            task_.corpus->bytes(bytes_in_chunks(task_, chunk_bytes)),
            {.chunk_bytes = chunk_bytes, .separate = task_.separate, .records = records}};
  }
  void choose_chunk() {
    double most = 0;
    machine_.launch();
    for (const u64 chunk_bytes : kChunkBytes) {
      DeviceProgram program = make_program(chunk_bytes);
      const u64 bytes = bytes_in_chunks(task_, chunk_bytes);
      program.run();
      check(task_, program.answer(), answers_.at(bytes));
      const double rate = static_cast<double>(bytes) / std::min(program.run(), program.run());
      by_chunk_[std::to_string(chunk_bytes)] = rate;
      if (rate <= most) continue;
      most = rate;
      best_chunk_ = chunk_bytes;
    }
    machine_.quiesce();
  }

  Machine& machine_;
  DeviceTask& task_;
  std::size_t way_;
  u32 opcode_ = 0;
  u64 best_chunk_ = 0;
  std::map<u64, Answer> answers_;
  nlohmann::json by_chunk_ = nlohmann::json::object();
};

void set_threshold(Machine& machine, const VerifiedProgram& program) {
  const WindowDeclaration& window = program.program().windows.front();
  const u32 threshold = kThreshold;
  expect_ok(machine.kernel().write_window(0, window.first, {&threshold, 1}));
}

}  // namespace

nlohmann::json measure_device_tasks(const Options& options) {
  const u64 bytes = u64{options.device_mebibytes} << 20;
  const u64 piece = std::min(bytes, kPieceBytes);
  const DeviceCorpus text(text_piece(piece, kLiteral), bytes);
  const DeviceCorpus rows(row_piece(piece), bytes);
  const std::span<const u8> sample(text.piece().data(), std::min<u64>(piece, u64{16} << 20));
  const Tables literal = literal_table(kLiteral);
  const Tables rules = rule_tables(options.rules);
  const u64 candidates = bytes / kBytesPerCandidate;

  std::vector<DeviceTask> tasks;
  for (const auto& [name, tables] : {std::pair{"automaton scan, one literal", &literal},
                                     std::pair{"automaton scan, all rules", &rules}}) {
    tasks.push_back({name, &text, hand::make_automaton(*tables, sample, candidates),
                     expect(scan::make_candidate_program(*tables)), kBytesPerCandidate});
  }
  tasks.push_back({"histogram", &text, hand::make_histogram(),
                   read_program(options.examples + "/histogram.vasm")});
  tasks.push_back(
      {"CRC-32C", &text, hand::make_crc32c(), read_program(options.examples + "/crc32c.vasm")});
  tasks.push_back({"field filter", &rows, hand::make_field_filter(kThreshold, bytes / kBytesPerRow),
                   read_program(options.examples + "/field_filter.vasm"), kBytesPerRow, true});

  Machine machine(options.device);
  set_threshold(machine, tasks.back().program);
  nlohmann::json report = nlohmann::json::array();
  for (DeviceTask& task : tasks) {
    progress(task.name);
    TaskRun run(machine, task);
    report.push_back(run.measure(options.repetitions));
  }
  return report;
}

}  // namespace vyre::bench::gpu
