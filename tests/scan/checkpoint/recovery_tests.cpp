#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "scan/checkpoint/recovery.hpp"
#include "tests/scan/checkpoint/scan_state.hpp"

namespace vyre::scan {
namespace {

using testing::ScanState;

std::string boot_of_now() {
  return ScanState::content_of("/proc/sys/kernel/random/boot_id").substr(0, 36);
}

/// A scan of two runs, and how far it had come whenever a record was whole.
class Recovery : public ::testing::Test {
 protected:
  struct Point {
    std::size_t journal;
    std::uint64_t files;
    std::uint64_t output;
  };

  Recovery() {
    {
      auto process = state_.process();
      note();
      for (std::uint64_t number = 1; number <= 3; ++number) finish(process, number);
      process.write("not finished");
    }
    auto process = state_.process();
    note();
    for (std::uint64_t number = 4; number <= 6; ++number) finish(process, number);
    journal_ = ScanState::content_of(state_.journal());
    output_ = ScanState::content_of(state_.output());
  }

  void finish(ScanState::Process& process, std::uint64_t number) {
    const std::string text = number % 3 == 0 ? "" : "file " + std::to_string(number) + "\n";
    if (!process.finish(number, text)) std::abort();
    ++files_;
    length_ += text.size();
    note();
  }
  void note() {
    points_.push_back({ScanState::content_of(state_.journal()).size(), files_, length_});
  }
  [[nodiscard]] const Point* point_before(std::size_t journal) const {
    const Point* found = nullptr;
    for (const Point& point : points_) {
      if (point.journal <= journal) found = &point;
    }
    return found;
  }
  void expect_point(const Recovered& found, const Point& point) const {
    EXPECT_EQ(found.totals.files, point.files);
    EXPECT_EQ(found.done.size(), point.files);
    EXPECT_EQ(found.output.length, point.output);
  }

  ScanState state_;
  std::vector<Point> points_;
  std::uint64_t files_ = 0;
  std::uint64_t length_ = 0;
  std::string journal_;
  std::string output_;
};

TEST_F(Recovery, AJournalThatEndsAtAnyByteIsGoneOnWithFromItsLastWholeRecord) {
  const std::size_t first = points_.front().journal;
  for (std::size_t size = 1; size <= journal_.size(); ++size) {
    ScanState::set_content(state_.journal(), journal_.substr(0, size));
    const auto found = state_.recover(boot_of_now());
    const Point* point = point_before(size);
    if (point == nullptr) {
      // The run's record may be torn, the command's may not.
      if (found) {
        EXPECT_EQ(found->totals.files, 0u);
        EXPECT_GT(size, first / 2);
      }
      continue;
    }
    ASSERT_TRUE(found) << size << ": " << found.error().message();
    EXPECT_TRUE(found->warning.empty()) << size << ": " << found->warning;
    expect_point(*found, *point);
  }
}

TEST_F(Recovery, NoFlippedBitMakesUpAStateThatNeverWas) {
  int refused = 0;
  for (std::size_t bit = 0; bit < journal_.size() * 8; bit += 5) {
    std::string journal = journal_;
    journal[bit / 8] = static_cast<char>(journal[bit / 8] ^ (1 << bit % 8));
    ScanState::set_content(state_.journal(), journal);
    const auto found = state_.recover(boot_of_now());
    if (!found) {
      ++refused;
      EXPECT_LT(bit / 8, points_.front().journal);
      continue;
    }
    const Point* point = point_before(bit / 8);
    expect_point(*found, point != nullptr ? *point : Point{.journal = 0, .files = 0, .output = 0});
  }
  EXPECT_GT(refused, 0);
}

TEST_F(Recovery, ARecordInTheMiddleThatIsWrongIsTold) {
  std::string journal = journal_;
  journal[points_[2].journal + 12] ^= 1;
  ScanState::set_content(state_.journal(), journal);
  const auto found = state_.recover(boot_of_now());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_NE(found->warning.find("damaged at byte"), std::string::npos) << found->warning;
  expect_point(*found, points_[2]);
}

TEST_F(Recovery, GarbageIsNoCheckpoint) {
  std::mt19937_64 random(7);
  for (std::size_t size = 1; size < 200; size += 9) {
    std::string garbage(size, '\0');
    std::ranges::generate(garbage, [&] { return static_cast<char>(random()); });
    for (const std::string& text :
         {garbage, std::string(kJournalLine) + garbage, "vyre checkpoint 2\n" + garbage}) {
      ScanState::set_content(state_.journal(), text);
      const auto found = state_.recover(boot_of_now());
      ASSERT_FALSE(found);
      EXPECT_FALSE(found.error().fix.empty());
    }
  }
}

TEST_F(Recovery, RecordsOfAnotherJournalDoNotFit) {
  ScanState other;
  {
    auto process = other.process();
    ASSERT_TRUE(process.finish(9, ""));
  }
  const std::string foreign = ScanState::content_of(other.journal());
  ScanState::set_content(state_.journal(), journal_ + foreign.substr(points_.front().journal));
  const auto found = state_.recover(boot_of_now());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->done.find(ScanState::mark(9)), DoneFiles::State::kNew);
  expect_point(*found, points_.back());
}

TEST_F(Recovery, AChangedOutputIsRefusedAndOneThatALostMachineLeftIsCut) {
  for (std::size_t size = 0; size <= output_.size(); ++size) {
    for (const bool zeros : {false, true}) {
      std::string output = output_.substr(0, size);
      if (zeros) output.resize(output_.size(), '\0');
      ScanState::set_content(state_.output(), output);
      const bool whole = output == output_;
      const auto now = state_.recover(boot_of_now());
      EXPECT_EQ(now.has_value(), whole) << size << zeros;
      const auto later = state_.recover("another boot");
      ASSERT_TRUE(later) << size << ": " << later.error().message();
      EXPECT_LE(later->output.length, size);
      EXPECT_EQ(later->warning.empty(), whole) << later->warning;
      std::uint64_t best = 0;
      for (const Point& point : points_) best = point.output <= size ? point.files : best;
      EXPECT_EQ(later->totals.files, best);
    }
  }
}

TEST_F(Recovery, AnotherFileInTheOutputsPlaceIsNotCut) {
  const std::string aside = state_.output() + ".old";
  std::filesystem::rename(state_.output(), aside);
  ScanState::set_content(state_.output(), output_ + "of somebody else");
  const auto found = state_.recover(boot_of_now());
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().what.find("is not the file"), std::string::npos) << found.error().what;
  ScanState::set_content(state_.output(), output_);
  EXPECT_TRUE(state_.recover(boot_of_now()));
}

TEST_F(Recovery, AnotherCommandIsToldWhatDiffers) {
  const auto refusal = [&](std::string_view name, std::string_view value) {
    CommandIdentity command;
    command.add(name, value);
    const base::OwnedFd journal(::open(state_.journal().c_str(), O_RDONLY));
    const base::OwnedFd output(::open(state_.output().c_str(), O_RDONLY));
    const auto found = recover({.journal = journal.get(),
                                .path = "FILE",
                                .output = output.get(),
                                .output_name = "the output",
                                .command = &command,
                                .boot = {}});
    return found ? std::string() : found.error().message();
  };
  EXPECT_NE(refusal("patterns", "noodle").find("patterns: 'needle' then, 'noodle' now"),
            std::string::npos);
  EXPECT_NE(refusal("blocks", "1:2").find("blocks: none then, '1:2' now"), std::string::npos);
  EXPECT_NE(refusal("patterns", std::string(1000, 'x')).find("1000 bytes of hash"),
            std::string::npos);
}

}  // namespace
}  // namespace vyre::scan
