#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <thread>

#include "ingest/file_part.hpp"
#include "runtime/shared_feed.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "tests/runtime/list_feed.hpp"
#include "wire/platform.hpp"

namespace vyre::runtime {
namespace {

using Files = std::vector<FileSource>;
using namespace std::chrono_literals;

constexpr u64 kBytes = 1000;
constexpr std::size_t kNoLimit = 10'000;

/// Files with these sizes, named by their places.
Files files_of(const std::vector<u64>& sizes) {
  Files files;
  for (const u64 size : sizes) files.push_back({std::to_string(files.size()), size});
  return files;
}

std::vector<std::size_t> places(const Files& files) {
  std::vector<std::size_t> all;
  for (const FileSource& file : files) all.push_back(std::stoul(file.path));
  return all;
}

std::vector<std::size_t> up_to(std::size_t count) {
  std::vector<std::size_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

u64 bytes_of(const Files& files) {
  u64 bytes = 0;
  for (const FileSource& file : files) bytes += file.size;
  return bytes;
}

/// Asks `answer`, and counts the calls after it said that it has ended. One thread.
class ScriptedFeed final : public FileFeed {
 public:
  using Answer = std::function<bool(Files& batch, std::size_t limit)>;
  explicit ScriptedFeed(Answer answer) : answer_(std::move(answer)) {}
  bool next(Files& batch, std::size_t limit) override {
    if (ended_) ++calls_after_its_end;
    const std::size_t before = batch.size();
    const bool more = answer_(batch, limit);
    EXPECT_LE(batch.size() - before, limit);
    if (!more) ended_ = true;
    return more;
  }
  u32 calls_after_its_end = 0;

 private:
  Answer answer_;
  bool ended_ = false;
};

struct Row {
  const char* name;
  std::vector<u64> sizes;
  std::size_t limit;
  /// How many files each call gives.
  std::vector<std::size_t> batches;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class SharedFeedBatches : public ::testing::TestWithParam<Row> {};

TEST_P(SharedFeedBatches, AreAsBigAsAsked) {
  const Row& row = GetParam();
  test::ListFeed list(files_of(row.sizes));
  SharedFeed shared(list, kBytes);
  Files all;
  for (const std::size_t expected : row.batches) {
    const std::size_t before = all.size();
    ASSERT_TRUE(shared.next(all, row.limit));
    EXPECT_EQ(all.size() - before, expected) << "after " << before;
  }
  EXPECT_EQ(places(all), up_to(row.sizes.size()));
  EXPECT_EQ(bytes_of(all), bytes_of(files_of(row.sizes)));
  for (int again = 0; again < 3; ++again) EXPECT_FALSE(shared.next(all, row.limit));
  EXPECT_EQ(all.size(), row.sizes.size());
}

INSTANTIATE_TEST_SUITE_P(
    Table, SharedFeedBatches,
    ::testing::Values(Row{"big_ones_go_one_at_a_time", {5000, 1000, 70'000}, kNoLimit, {1, 1, 1}},
                      Row{"a_byte_less_is_not_enough", {999, 5000, 1}, kNoLimit, {2, 1}},
                      Row{"small_ones_go_together", {400, 400, 400, 400, 400}, kNoLimit, {3, 2}},
                      Row{"a_big_one_ends_a_batch", {1, 2, 9000, 3, 4}, kNoLimit, {3, 2}},
                      Row{"empty_ones_weigh_nothing", {0, 0, 0, 0, 1000, 0}, kNoLimit, {5, 1}},
                      Row{"no_more_than_the_limit", {1, 1, 1, 1, 1}, 2, {2, 2, 1}},
                      Row{"the_limit_or_the_bytes", {600, 600, 1, 1, 1}, 2, {2, 2, 1}},
                      Row{"a_limit_of_one", {0, 1, 5000}, 1, {1, 1, 1}},
                      Row{"of_an_empty_feed", {}, kNoLimit, {0}}),
    [](const auto& row) { return std::string(row.param.name); });

constexpr u64 kPart = 3 * kTileBytes;

/// Files of these sizes, of which the feed says that they have `told` bytes; named by their places.
Files files_on_disk(const test::TemporaryTree& tree, const std::vector<u64>& sizes, u64 told) {
  Files files;
  for (const u64 size : sizes) {
    files.push_back(tree.add(std::to_string(files.size()), {}));
    std::filesystem::resize_file(files.back().path, size);
    files.back().size = told == 0 ? size : told;
  }
  return files;
}

std::size_t place_of(const FileSource& file) {
  return std::stoul(std::filesystem::path(file.path).filename());
}

Files all_of(const Files& files, u64 part_bytes) {
  test::ListFeed list(files);
  SharedFeed shared(list, kBytes, part_bytes);
  Files all;
  while (shared.next(all, kNoLimit)) {
  }
  return all;
}

TEST(SharedFeed, GivesBigFilesInPartsThatAreTheWhole) {
  const std::vector<u64> sizes{5, 2 * kPart - 1, 2 * kPart, 7 * kPart + 1,
                               0, 3 * kPart - 1, 10 * kPart};
  const test::TemporaryTree tree;
  // Whatever the feed says.
  for (const u64 told : {u64{0}, 2 * kPart, ~u64{0}}) {
    std::vector<u64> ends(sizes.size(), 0);
    std::vector<u64> parts(sizes.size(), 0);
    std::vector<const void*> opened(sizes.size(), nullptr);
    for (const FileSource& file : all_of(files_on_disk(tree, sizes, told), kPart)) {
      const std::size_t place = place_of(file);
      ++parts[place];
      if (!file.part) continue;
      EXPECT_EQ(file.part->range.begin, ends[place]) << "parts come in order";
      ends[place] = file.part->range.end.value_or(sizes[place]);
      EXPECT_EQ(file.size, ends[place] - file.part->range.begin);
      if (file.part->range.begin == 0) opened[place] = file.part->file.get();
      EXPECT_EQ(file.part->file.get(), opened[place]) << "it is opened once";
    }
    EXPECT_EQ(ends, (std::vector<u64>{0, 0, sizes[2], sizes[3], 0, sizes[5], sizes[6]}));
    EXPECT_EQ(parts, (std::vector<u64>{1, 1, 2, 7, 1, 2, 10}));
  }
}

TEST(SharedFeed, LeavesWholeWhatHasNoParts) {
  const test::TemporaryTree tree;
  Files files = files_on_disk(tree, {100 * kPart, 100 * kPart, 100 * kPart, 100 * kPart}, 0);
  files[0].device = true;
  files[1].blocks = BlockRange{1, 2};
  std::filesystem::remove(files[2].path);
  // A path ends there for the kernel, where another file's ends.
  files[3].path += std::string("\0/x", 3);
  files.push_back({tree.path("."), 100 * kPart});
  files.push_back({"/dev/zero", 100 * kPart});
  const Files all = all_of(files, kPart);
  ASSERT_EQ(all.size(), files.size());
  for (const FileSource& file : all) EXPECT_EQ(file.part, nullptr) << file.path;
}

TEST(SharedFeed, GivesPartsToSeveralThreadsOnce) {
  const test::TemporaryTree tree;
  const std::vector<u64> sizes{9 * kPart, 1, 40 * kPart + 5, 3 * kPart, 17};
  const Files files = files_on_disk(tree, sizes, 0);
  for (int turn = 0; turn < 20; ++turn) {
    test::ListFeed list(files);
    SharedFeed shared(list, kBytes, kPart);
    std::vector<std::future<Files>> rings;
    for (int ring = 0; ring < 4; ++ring) {
      rings.push_back(std::async(std::launch::async, [&shared] {
        Files mine;
        while (shared.next(mine, 1)) {
        }
        return mine;
      }));
    }
    std::vector<u64> bytes(sizes.size(), 0);
    for (auto& ring : rings) {
      for (const FileSource& file : ring.get()) bytes[place_of(file)] += file.size;
    }
    EXPECT_EQ(bytes, sizes);
  }
}

TEST(SharedFeed, GivesAllInOrderHoweverItIsToldAndAsked) {
  for (u32 seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::vector<u64> sizes(random() % 700);
    for (u64& size : sizes) {
      const u64 most[] = {1, 50, kBytes, 20 * kBytes};
      size = random() % most[random() % 4];
    }
    const Files files = files_of(sizes);
    std::size_t told = 0;
    ScriptedFeed feed([&](Files& batch, std::size_t limit) {
      std::size_t count = random() % 3 == 0 ? 0 : random() % (limit + 1);
      for (; count != 0 && told < files.size(); --count) batch.push_back(files[told++]);
      // It may know that it has ended only later.
      return told < files.size() || random() % 2 == 0;
    });
    const u64 bytes = 1 + random() % (3 * kBytes);
    SharedFeed shared(feed, bytes);
    Files all;
    Files batch;
    for (std::size_t limit = 1 + random() % 100; shared.next(batch, limit);
         limit = 1 + random() % 100) {
      ASSERT_LE(batch.size(), limit);
      if (!batch.empty()) {
        ASSERT_LT(bytes_of(batch) - batch.back().size, bytes) << "a file too many";
      }
      all.insert(all.end(), batch.begin(), batch.end());
      if (batch.size() < limit && bytes_of(batch) < bytes) {
        ASSERT_EQ(all.size(), told) << "a file too few";
      }
      batch.clear();
    }
    EXPECT_EQ(told, files.size()) << "ended before its feed";
    ASSERT_EQ(places(all), up_to(files.size()));
    EXPECT_EQ(feed.calls_after_its_end, 0u);
    EXPECT_FALSE(shared.next(batch, 1));
    EXPECT_TRUE(batch.empty());
  }
}

/// Slow, and often without files; its files are numbered across its threads.
class SlowFeed final : public FileFeed {
 public:
  SlowFeed(std::size_t files, u32 seed) : files_(files), random_(seed) {}

  bool next(Files& batch, std::size_t limit) override {
    u32 pause = 0;
    bool more = true;
    {
      const std::lock_guard lock(mutex_);
      pause = static_cast<u32>(random_() % 300);
      std::size_t count = random_() % 3 == 0 ? 0 : random_() % std::min<std::size_t>(limit + 1, 9);
      for (; count != 0 && told_ < files_; --count) {
        batch.push_back({std::to_string(told_++), random_() % (2 * kBytes)});
      }
      more = told_ < files_;
    }
    // What is told already arrives later, perhaps after the end.
    if (pause > 100) std::this_thread::sleep_for(std::chrono::microseconds(pause));
    return more;
  }

 private:
  std::mutex mutex_;
  const std::size_t files_;
  std::mt19937_64 random_;
  std::size_t told_ = 0;
};

TEST(SharedFeed, LosesAndDoublesNothingAmongThreads) {
  constexpr std::size_t kFiles = 500;
  for (u32 seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SlowFeed slow(kFiles, seed);
    SharedFeed shared(slow, kBytes);
    std::vector<std::thread> threads;
    std::vector<Files> given(2 + seed % 5);
    std::atomic<u32> failures{0};
    for (Files& mine : given) {
      threads.emplace_back([&] {
        Files batch;
        while (shared.next(batch, 7)) {
          if (batch.size() > 7) ++failures;
          if (!batch.empty() && bytes_of(batch) - batch.back().size >= kBytes) ++failures;
          mine.insert(mine.end(), batch.begin(), batch.end());
          batch.clear();
        }
        // Not for a moment only.
        if (shared.next(batch, 7) || !batch.empty()) ++failures;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failures, 0u);
    std::vector<std::size_t> all;
    for (const Files& mine : given) {
      const auto part = places(mine);
      all.insert(all.end(), part.begin(), part.end());
    }
    std::ranges::sort(all);
    ASSERT_EQ(all, up_to(kFiles));
  }
}

/// Its first call is held up until it is told; every other has ended.
class HeldFeed final : public FileFeed {
 public:
  explicit HeldFeed(Files files) : files_(std::move(files)) {}

  bool next(Files& batch, std::size_t) override {
    if (calls.fetch_add(1) != 0) return false;
    reached.set_value();
    EXPECT_EQ(let_go.get_future().wait_for(20s), std::future_status::ready);
    batch.insert(batch.end(), files_.begin(), files_.end());
    return true;
  }
  std::promise<void> reached;
  std::promise<void> let_go;
  std::atomic<u32> calls{0};

 private:
  Files files_;
};

/// All that one thread gets until the end.
Files draw(SharedFeed& shared) {
  Files files;
  while (shared.next(files, kNoLimit)) {
  }
  return files;
}

TEST(SharedFeed, WhoWaitsGetsWhatAnotherIsStillTold) {
  HeldFeed held(files_of({5000, 5000, 5000}));
  SharedFeed shared(held, kBytes);
  Files first;
  auto asking = std::async(std::launch::async, [&] { return shared.next(first, kNoLimit); });
  ASSERT_EQ(held.reached.get_future().wait_for(20s), std::future_status::ready);
  // Told at once that the feed has ended, but not that there is nothing more to come.
  Files others;
  ASSERT_TRUE(shared.next(others, kNoLimit));
  ASSERT_TRUE(others.empty());
  auto waiting = std::async(std::launch::async, [&] { return draw(shared); });
  EXPECT_EQ(waiting.wait_for(50ms), std::future_status::timeout) << "the end came too early";
  held.let_go.set_value();
  EXPECT_TRUE(asking.get());
  // One of them goes to whoever asked, and none of the rest waits for its next call.
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(waiting.wait_for(20s), std::future_status::ready);
  others = waiting.get();
  EXPECT_EQ(others.size(), 2u);
  first.insert(first.end(), others.begin(), others.end());
  auto all = places(first);
  std::ranges::sort(all);
  EXPECT_EQ(all, up_to(3));
  EXPECT_FALSE(shared.next(first, kNoLimit));
  EXPECT_EQ(held.calls, 2u) << "asked again after its end";
}

TEST(SharedFeed, EndsForAllWhoWaitWhereNothingCame) {
  HeldFeed held({});
  SharedFeed shared(held, kBytes);
  Files first;
  auto asking = std::async(std::launch::async, [&] { return shared.next(first, kNoLimit); });
  ASSERT_EQ(held.reached.get_future().wait_for(20s), std::future_status::ready);
  Files none;
  ASSERT_TRUE(shared.next(none, kNoLimit));
  std::vector<std::future<Files>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return draw(shared); }));
  }
  held.let_go.set_value();
  EXPECT_TRUE(asking.get());
  for (auto& thread : waiting) {
    ASSERT_EQ(thread.wait_for(20s), std::future_status::ready);
    EXPECT_TRUE(thread.get().empty());
  }
  EXPECT_TRUE(first.empty() && none.empty());
}

}  // namespace
}  // namespace vyre::runtime
