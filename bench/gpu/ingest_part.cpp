#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "base/owned_fd.hpp"
#include "copy_yardstick.hpp"
#include "device_program.hpp"
#include "fail.hpp"
#include "measure.hpp"
#include "parts.hpp"
#include "vir0/crc32c.hpp"
#include "vyre/file_results.hpp"
#include "vyre/session.hpp"

namespace vyre::bench::gpu {
namespace {

/// How a ring's memory is cut.
struct SlotShape {
  u32 bytes = 0;
  u32 slots = 0;
};
constexpr SlotShape kSlotShapes[] = {
    {512u << 10, 6}, {512u << 10, 16}, {768u << 10, 8}, {1u << 20, 6}, {1u << 20, 8}};
/// One stream over the files lasts a third of a second, of which a twentieth is its end, where
/// rings end one after the other; so it is measured too how it is with all of them this often.
constexpr int kTimesOver = 4;
/// Rates differ by some percent from stream to stream; of shapes that are this near to the fastest,
/// the one that costs the CPU least is the best.
constexpr int kTrials = 3;
constexpr double kAsFast = 0.99;

/// One pass over all files.
struct Pass {
  double bytes_per_second = 0;
  double cpu_seconds_per_gigabyte = 0;
};

double cpu_seconds() {
  rusage usage;
  if (::getrusage(RUSAGE_SELF, &usage) != 0) fail("getrusage");
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// `function` reads all files and returns their bytes.
template <class Function>
Pass pass_of(Function function) {
  const double cpu_before = cpu_seconds();
  const Clock::time_point start = Clock::now();
  const auto bytes = static_cast<double>(function());
  const double seconds = seconds_since(start);
  return {bytes / seconds, (cpu_seconds() - cpu_before) / (bytes / 1e9)};
}

nlohmann::json report_of(const std::vector<Pass>& passes) {
  std::vector<double> rates;
  std::vector<double> costs;
  for (const Pass& pass : passes) {
    rates.push_back(pass.bytes_per_second);
    costs.push_back(pass.cpu_seconds_per_gigabyte);
  }
  return {{"bytes_per_second", spread_of(rates)}, {"cpu_seconds_per_gigabyte", spread_of(costs)}};
}

class ListFeed final : public FileFeed {
 public:
  explicit ListFeed(const std::vector<std::string>& files) : files_(files) {}
  bool next(std::vector<FileSource>& batch, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    for (; limit > 0 && at_ < files_.size(); --limit, ++at_) {
      struct stat status {};
      if (::stat(files_[at_].c_str(), &status) != 0) fail(files_[at_] + " is not there");
      batch.push_back({files_[at_], static_cast<u64>(status.st_size)});
    }
    return at_ < files_.size();
  }

 private:
  std::mutex mutex_;
  const std::vector<std::string>& files_;
  std::size_t at_ = 0;
};

/// By file: the result word that its program must give.
using Expected = std::map<std::string, u64>;

/// All files on all cores; `summary` of a file's bytes.
template <class Summary>
Expected expect_of_files(const std::vector<std::string>& files, Summary summary) {
  Expected expected;
  for (const std::string& file : files) expected[file] = 0;
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < files.size(); at = next++) {
        const base::OwnedFd file(::open(files[at].c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (!file || ::fstat(file.get(), &status) != 0) fail(files[at] + " cannot be opened");
        const auto size = static_cast<std::size_t>(status.st_size);
        void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
        if (mapped == MAP_FAILED) fail(files[at] + " cannot be mapped");
        expected.at(files[at]) = summary(std::span(static_cast<const std::byte*>(mapped), size));
        ::munmap(mapped, size);
      }
    });
  }
  threads.clear();
  return expected;
}

/// A program and what it must find.
struct Reader {
  std::string name;
  VerifiedProgram program;
  Expected expected;
};

/// A session on the device, open for one pass over `files`.
Pass stream(const Options& options, const Reader& reader, const SlotShape& slots,
            const std::vector<std::string>& files) {
  SessionOptions session_options;
  session_options.backend = {BackendKind::kCuda, options.device};
  session_options.rings = options.rings;
  session_options.slot_bytes = slots.bytes;
  session_options.slots_per_ring = slots.slots;
  Session session = expect(Session::open(session_options));
  const LoadedProgram loaded = expect(session.load(reader.program));
  ListFeed feed(files);
  std::atomic<u64> bytes{0};
  std::atomic<std::size_t> right{0};
  const auto handler = [&](const FileOutcome& outcome) {
    if (outcome.error != nullptr) fail(outcome.path + ": " + outcome.error->message());
    if (outcome.results[0] == reader.expected.at(outcome.path)) ++right;
    bytes += outcome.bytes;
  };
  const Pass pass = pass_of([&] {
    expect_ok(session.stream(feed, loaded,
                             [&](u32) { return collect_files(reader.program.program(), handler); },
                             {.placement = FilePlacement::kSeparate}));
    return bytes.load();
  });
  if (right != files.size()) {
    fail(fmt::format("{}: {} of {} files have the right result", reader.name, right.load(),
                     files.size()));
  }
  return pass;
}

struct CopyChoice {
  CopyShape best;
  CopyShape best_with_rings;
  nlohmann::json grid = nlohmann::json::array();
  u64 bytes = 0;
};

nlohmann::json shape_of(const CopyShape& shape) {
  return {{"threads", shape.threads},
          {"piece_bytes", shape.piece_bytes},
          {"waits", shape.sleeps ? "sleeping" : "spinning"}};
}

CopyChoice choose_copy(const Options& options) {
  CopyChoice choice;
  double best = 0;
  double best_with_rings = 0;
  for (const unsigned threads : {1u, 4u, 8u, 12u, 16u}) {
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{4} << 20}) {
      for (const bool sleeps : {false, true}) {
        // One thread takes seconds, and its ways hardly differ.
        if (threads == 1 && (sleeps || piece != std::size_t{1} << 20)) continue;
        const CopyShape shape{threads, piece, sleeps};
        CopyYardstick yardstick(shape);
        const Pass pass = pass_of([&] { return choice.bytes = yardstick.run(options.files); });
        nlohmann::json row = shape_of(shape);
        row["bytes_per_second"] = pass.bytes_per_second;
        row["cpu_seconds_per_gigabyte"] = pass.cpu_seconds_per_gigabyte;
        choice.grid.push_back(row);
        if (pass.bytes_per_second > best) {
          best = pass.bytes_per_second;
          choice.best = shape;
        }
        if (threads == options.rings && pass.bytes_per_second > best_with_rings) {
          best_with_rings = pass.bytes_per_second;
          choice.best_with_rings = shape;
        }
      }
    }
  }
  if (best_with_rings == 0) choice.best_with_rings = choice.best;
  return choice;
}

SlotShape best_slots(const Options& options, const Reader& reader, nlohmann::json& grid) {
  for (const SlotShape& slots : kSlotShapes) {
    std::vector<Pass> trials;
    for (int i = 0; i < kTrials; ++i) {
      trials.push_back(stream(options, reader, slots, options.files));
    }
    nlohmann::json row = report_of(trials);
    row["slot_bytes"] = slots.bytes;
    row["slots"] = slots.slots;
    grid.push_back(std::move(row));
  }
  const auto rate = [](const nlohmann::json& row) -> double {
    return row["bytes_per_second"]["median"];
  };
  const auto cost = [](const nlohmann::json& row) -> double {
    return row["cpu_seconds_per_gigabyte"]["median"];
  };
  double most = 0;
  for (const nlohmann::json& row : grid) most = std::max(most, rate(row));
  const nlohmann::json* best = nullptr;
  for (const nlohmann::json& row : grid) {
    if (rate(row) < kAsFast * most) continue;
    if (best == nullptr || cost(row) < cost(*best)) best = &row;
  }
  return {(*best)["slot_bytes"], (*best)["slots"]};
}

/// All files `times` over, ours and the yardstick's two ways in turn.
nlohmann::json measure_streams(const Options& options, const Reader& reader, const CopyChoice& copy,
                               const SlotShape& slots, int times) {
  std::vector<std::string> files;
  for (int i = 0; i < times; ++i) {
    files.insert(files.end(), options.files.begin(), options.files.end());
  }
  std::vector<Pass> own;
  std::vector<Pass> same_threads;
  std::vector<Pass> best;
  for (int round = 0; round < options.repetitions; ++round) {
    own.push_back(stream(options, reader, slots, files));
    for (const auto& [shape, passes] :
         {std::pair{copy.best_with_rings, &same_threads}, std::pair{copy.best, &best}}) {
      CopyYardstick yardstick(shape);
      passes->push_back(pass_of([&] { return yardstick.run(files); }));
    }
  }
  nlohmann::json row = report_of(own);
  row["times"] = times;
  row["copy_same_threads"] = report_of(same_threads);
  row["copy_same_threads"]["way"] = shape_of(copy.best_with_rings);
  row["copy_best"] = report_of(best);
  row["copy_best"]["way"] = shape_of(copy.best);
  return row;
}

}  // namespace

nlohmann::json measure_ingest(const Options& options) {
  if (options.files.empty()) fail("the part ingest needs --file");
  const std::vector<Reader> readers{
      {"crc32c", read_program(options.examples + "/crc32c.vasm"),
       expect_of_files(options.files,
                       [](std::span<const std::byte> all) { return u64{vir0::crc32c(all)}; })},
      {"line_count", read_program(options.programs + "/line_count.vasm"),
       expect_of_files(options.files, [](std::span<const std::byte> all) {
         return static_cast<u64>(std::count(all.begin(), all.end(), std::byte{'\n'}));
       })}};
  progress("ingest: the ways of the yardstick");
  const CopyChoice copy = choose_copy(options);
  nlohmann::json report{{"rings", options.rings},
                        {"files", options.files.size()},
                        {"bytes", copy.bytes},
                        {"copy_grid", copy.grid}};
  for (const Reader& reader : readers) {
    progress("ingest: " + reader.name);
    nlohmann::json row{{"program", reader.name}, {"slot_grid", nlohmann::json::array()}};
    const SlotShape slots = best_slots(options, reader, row["slot_grid"]);
    row["slot_bytes"] = slots.bytes;
    row["slots"] = slots.slots;
    for (const int times : {1, kTimesOver}) {
      row["streams"].push_back(measure_streams(options, reader, copy, slots, times));
    }
    report["programs"].push_back(row);
  }
  return report;
}

}  // namespace vyre::bench::gpu
