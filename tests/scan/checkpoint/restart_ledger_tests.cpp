#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/owned_fd.hpp"
#include "scan/checkpoint/restart_ledger.hpp"
#include "scan/report/output_sink.hpp"
#include "tests/scan/checkpoint/scan_state.hpp"

namespace vyre::scan {
namespace {

using testing::ScanState;

class NumberedFile final : public StreamedFile {
 public:
  explicit NumberedFile(std::size_t number)
      : number_(number), path_("file" + std::to_string(number)) {}
  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  Result<std::size_t> read_again(std::uint64_t, std::span<char>) const override { return 0; }
  [[nodiscard]] SourceMark mark() const noexcept override { return ScanState::mark(number_); }

 private:
  std::size_t number_;
  std::string path_;
};

/// An output that nobody can take back, and the processes that write to it one after the other.
class Scan {
 public:
  /// `lines` of each file's output.
  explicit Scan(std::vector<std::size_t> lines) : lines_(std::move(lines)) {}

  static std::string line(std::size_t number, std::size_t index) {
    return std::to_string(number) + ":" + std::to_string(index) + "\n";
  }
  /// A process that breaks off after so many lines; true where it came to the end.
  bool run(std::size_t threads, std::int64_t lines_until_loss) {
    left_ = lines_until_loss;
    broken_ = false;
    RestartLedger ledger = left_by_before_
                               ? RestartLedger(std::move(*left_by_before_), [] { return true; })
                               : RestartLedger(7, [] { return true; });
    OutputSink sink(-1);
    sink.redirect(output_.get(), &ledger);
    if (ledger.partial() != nullptr) resume(ledger, sink);
    if (!broken_) {
      sink.write(ledger.take_held_back());
      std::vector<std::size_t> rest;
      for (std::size_t number = 0; number < lines_.size(); ++number) {
        const auto state = ledger.before().done.find(ScanState::mark(number));
        if (state == DoneFiles::State::kNew) rest.push_back(number);
      }
      stream(sink, rest, threads);
    }
    RestartState state;
    ledger.leave(state);
    state.restarts = ledger.before().runs + 1;
    left_by_before_ = RestartState::decode(state.encode());
    return !broken_;
  }

  [[nodiscard]] std::string text() const {
    std::string text(static_cast<std::size_t>(::lseek(output_.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(output_.get(), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    return text;
  }
  [[nodiscard]] const std::optional<RestartState>& state() const { return left_by_before_; }
  std::size_t resumptions = 0;
  /// What is told of the partial file's end.
  std::vector<std::string> told;
  /// Where set, the partial file gives this many lines the second time.
  std::optional<std::size_t> other_lines;

 private:
  void resume(RestartLedger& ledger, OutputSink& sink) {
    ++resumptions;
    const SourceMark wanted = ledger.partial()->mark;
    for (std::size_t number = 0; number < lines_.size(); ++number) {
      if (ScanState::mark(number) != wanted) continue;
      if (other_lines) lines_[number] = *other_lines;
      stream(sink, {number}, 1);
    }
    if (broken_) return;
    if (const Status resumed = ledger.resumed(); !resumed) told.push_back(resumed.error().what);
  }
  void stream(OutputSink& sink, const std::vector<std::size_t>& files, std::size_t threads) {
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> rings;
    for (std::size_t ring = 0; ring < threads; ++ring) {
      rings.emplace_back([&] {
        OutputBuffer buffer(sink);
        for (std::size_t at = next++; at < files.size() && !broken_; at = next++) {
          if (!write_file(buffer, files[at])) return;
        }
      });
    }
    for (std::thread& ring : rings) ring.join();
  }
  bool write_file(OutputBuffer& buffer, std::size_t number) {
    const NumberedFile file(number);
    buffer.begin_file(file);
    for (std::size_t index = 0; index < lines_[number]; ++index) {
      if (broken_ || left_-- <= 0) {
        broken_ = true;
        return false;
      }
      buffer.append(line(number, index));
    }
    buffer.end_file(file.mark(), {.files = 1, .matches = lines_[number]});
    return true;
  }

  std::vector<std::size_t> lines_;
  base::OwnedFd output_{::memfd_create("output", 0)};
  std::optional<RestartState> left_by_before_;
  std::atomic<std::int64_t> left_{0};
  std::atomic<bool> broken_{false};
};

/// Each file's lines are there once, in order and together.
void expect_whole(const std::string& text, const std::vector<std::size_t>& lines) {
  std::size_t at = 0;
  std::map<std::size_t, bool> seen;
  while (at < text.size()) {
    const std::size_t number = std::stoul(text.substr(at, 20));
    ASSERT_LT(number, lines.size());
    ASSERT_FALSE(seen[number]) << number << " comes twice";
    seen[number] = true;
    for (std::size_t index = 0; index < lines[number]; ++index) {
      const std::string line = Scan::line(number, index);
      ASSERT_EQ(text.compare(at, line.size(), line), 0) << number << ", line " << index;
      at += line.size();
    }
  }
  for (std::size_t number = 0; number < lines.size(); ++number) {
    EXPECT_EQ(seen.count(number), lines[number] != 0 ? 1u : 0u) << number;
  }
}

TEST(RestartLedger, LeavesWhatOneProcessWouldHaveWritten) {
  std::size_t resumptions = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<std::size_t> lines;
    std::size_t all = 0;
    for (int file = 0; file < 30; ++file) {
      // A file of 60'000 lines streams.
      lines.push_back(random() % 6 == 0 ? 60'000 : random() % 500);
      all += lines.back();
    }
    Scan scan(lines);
    int processes = 1;
    const std::size_t threads = 1 + random() % 3;
    while (!scan.run(threads, static_cast<std::int64_t>(random() % (all / 2 + 70'000)))) {
      ASSERT_LT(++processes, 200);
    }
    expect_whole(scan.text(), lines);
    resumptions += scan.resumptions;
    EXPECT_TRUE(scan.told.empty()) << scan.told.front();
    ASSERT_TRUE(scan.state());
    EXPECT_EQ(scan.state()->files.totals.files, lines.size());
    EXPECT_EQ(scan.state()->files.totals.matches, all);
    EXPECT_EQ(scan.state()->restarts, static_cast<std::uint64_t>(processes));
  }
  EXPECT_GT(resumptions, 5u);
}

/// A scan of three files whose second is broken off when it had written some.
class BrokenOff : public ::testing::Test {
 protected:
  BrokenOff() {
    EXPECT_FALSE(scan_.run(1, 50'000));
    EXPECT_TRUE(scan_.state() && scan_.state()->partial);
    before_ = scan_.text();
  }

  Scan scan_{{10, 60'000, 10}};
  std::string before_;
};

TEST_F(BrokenOff, NamesThePartThatIsThere) {
  const PartialFile& partial = *scan_.state()->partial;
  EXPECT_EQ(partial.path, "file1");
  EXPECT_EQ(partial.mark, ScanState::mark(1));
  std::size_t others = 0;
  for (std::size_t index = 0; index < 10; ++index) others += Scan::line(0, index).size();
  EXPECT_EQ(partial.written.length, before_.size() - others);
  EXPECT_EQ(scan_.state()->files.totals.files, 1u);
}

TEST_F(BrokenOff, AFileThatGivesLessIsToldAndEndsThere) {
  scan_.other_lines = 100;
  EXPECT_TRUE(scan_.run(1, 1'000'000));
  ASSERT_EQ(scan_.told.size(), 1u);
  EXPECT_NE(scan_.told[0].find("other output than before"), std::string::npos) << scan_.told[0];
  std::string wanted = before_;
  for (std::size_t index = 0; index < 10; ++index) wanted += Scan::line(2, index);
  EXPECT_EQ(scan_.text(), wanted);
}

TEST_F(BrokenOff, AFileThatIsGoneIsToldAndOthersGoOn) {
  RestartState state = *scan_.state();
  RestartLedger ledger(std::move(state), [] { return true; });
  EXPECT_EQ(ledger.before().done.find(ScanState::mark(1)), DoneFiles::State::kDone);
  EXPECT_FALSE(ledger.resumed());
  EXPECT_EQ(ledger.partial(), nullptr);
  EXPECT_TRUE(ledger.resumed());
  EXPECT_EQ(ledger.to_write("other"), "other");
}

TEST_F(BrokenOff, OtherBytesOfTheSameLengthAreNotGoneOnWith) {
  RestartLedger ledger(RestartState(*scan_.state()), [] { return true; });
  const std::string other(ledger.partial()->written.length, 'x');
  EXPECT_EQ(ledger.to_write(other + "more"), "");
  EXPECT_EQ(ledger.to_write("and more"), "");
  EXPECT_FALSE(ledger.resumed());
  EXPECT_EQ(ledger.to_write("the next file's"), "the next file's");
}

TEST(RestartLedger, WhereNobodyGoesOnAllIsWritten) {
  const base::OwnedFd output(::memfd_create("output", 0));
  RestartLedger ledger(7, [] { return false; });
  OutputSink sink(-1);
  sink.redirect(output.get(), &ledger);
  std::string part(300'000, 'a');
  {
    OutputBuffer other(sink);
    other.append("unfinished\n");
    OutputBuffer buffer(sink);
    const NumberedFile file(1);
    buffer.begin_file(file);
    buffer.append(part);
    buffer.append("rest\n");
  }
  const auto size = static_cast<std::size_t>(::lseek(output.get(), 0, SEEK_END));
  EXPECT_EQ(size, part.size() + std::string("rest\nunfinished\n").size());
}

TEST(RestartLedger, TellsErrorsOfTheWalkOnce) {
  RestartLedger first(7, [] { return true; });
  const SourceMark error = first.marks().of_error("missing", "stat: No such file");
  EXPECT_FALSE(first.told_before(error));
  FinishedFiles told;
  told.add(error, {.errors = 1});
  ASSERT_TRUE(first.vouch_silent(told));
  RestartState state;
  first.leave(state);
  RestartLedger next(std::move(state), [] { return true; });
  EXPECT_EQ(next.before().totals.errors, 1u);
  EXPECT_TRUE(next.told_before(next.marks().of_error("missing", "stat: No such file")));
  EXPECT_FALSE(next.told_before(error));
}

}  // namespace
}  // namespace vyre::scan
