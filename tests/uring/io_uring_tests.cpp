#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "uring/io_uring.hpp"

namespace vyre::uring {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

/// A file of `bytes` bytes whose byte i is i * 7 + i / 251.
class TestFile {
 public:
  explicit TestFile(std::size_t bytes) : content_(bytes, '\0') {
    for (std::size_t i = 0; i < bytes; ++i) content_[i] = static_cast<char>(i * 7 + i / 251);
    char name[] = "/tmp/vyre-uring-XXXXXX";
    const base::OwnedFd made(::mkstemp(name));
    path_ = name;
    EXPECT_EQ(::write(made.get(), content_.data(), bytes), static_cast<ssize_t>(bytes));
    descriptor_ = base::OwnedFd(::open(name, O_RDONLY | O_CLOEXEC));
  }
  ~TestFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }
  const std::string& content() const { return content_; }
  int descriptor() const { return descriptor_.get(); }

 private:
  std::string content_;
  std::string path_;
  base::OwnedFd descriptor_;
};

struct RingUnderTest {
  explicit RingUnderTest(const RingOptions& options = {}) {
    auto made_buffer = memory::MappedBuffer::anonymous(kBufferBytes);
    EXPECT_TRUE(made_buffer);
    buffer.emplace(std::move(*made_buffer));
    auto made = IoUring::create(options);
    EXPECT_TRUE(made) << made.error().message();
    ring = std::move(*made);
    const Status status = ring->register_buffer(*buffer->region(0, kBufferBytes));
    EXPECT_TRUE(status) << status.error().message();
  }

  std::vector<Completion> reap_count(std::size_t wanted) {
    std::vector<Completion> all;
    const auto deadline = steady_clock::now() + std::chrono::seconds(10);
    while (all.size() < wanted && steady_clock::now() < deadline) {
      EXPECT_TRUE(ring->wait(milliseconds(100)));
      std::array<Completion, 16> some{};
      const auto count = ring->reap(some);
      EXPECT_TRUE(count);
      all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*count));
    }
    return all;
  }

  Submission fixed_read(int file, u64 offset, u32 length, u64 target, u64 user_data) const {
    return {.operation = Operation::kReadFixed,
            .file = file,
            .offset = offset,
            .address = buffer->data() + target,
            .length = length,
            .user_data = user_data};
  }

  std::optional<memory::MappedBuffer> buffer;
  std::unique_ptr<IoUring> ring;
};

/// A profile, and whether entries are wide.
class EveryProfile : public ::testing::TestWithParam<std::tuple<Profile, bool>> {
 protected:
  static RingOptions options(u32 entries, u32 file_slots = 64) {
    const auto [profile, wide] = GetParam();
    return {.profile = profile, .entries = entries, .file_slots = file_slots, .wide_entries = wide};
  }
};

INSTANTIATE_TEST_SUITE_P(Profiles, EveryProfile,
                         ::testing::Combine(::testing::Values(Profile::kDefault, Profile::kSqPoll),
                                            ::testing::Bool()));

TEST_P(EveryProfile, ReadsIntoTheRegisteredBuffer) {
  const TestFile file(50'000);
  RingUnderTest test(options(8));
  constexpr u32 kPiece = 5'000;
  for (u32 i = 0; i < 10; ++i) {
    while (test.ring->space() == 0) ASSERT_TRUE(test.ring->submit());
    test.ring->queue(test.fixed_read(file.descriptor(), i * kPiece, kPiece, i * kPiece, i));
  }
  const auto completions = test.reap_count(10);
  ASSERT_EQ(completions.size(), 10u);
  for (const Completion& completion : completions) {
    EXPECT_EQ(completion.result, static_cast<int>(kPiece));
  }
  EXPECT_EQ(std::memcmp(test.buffer->data(), file.content().data(), 50'000), 0);
  EXPECT_EQ(test.ring->in_flight(), 0u);
}

TEST_P(EveryProfile, HasTheFeaturesOfItsProfileOnly) {
  RingUnderTest test(options(8));
  const RingFeatures& features = test.ring->features();
  const auto [profile, wide] = GetParam();
  EXPECT_EQ(features.sq_poll, profile == Profile::kSqPoll);
  EXPECT_EQ(features.wide_entries, wide);
  EXPECT_FALSE(features.io_poll);
  EXPECT_FALSE(features.sq_poll && features.defer_taskrun);
  EXPECT_GE(features.completion_entries, features.submission_entries);
}

TEST_P(EveryProfile, OpensReadsAndClosesThroughTheFileTable) {
  const TestFile file(3'000);
  RingUnderTest test(options(32, 4));
  for (u32 i = 0; i < 4; ++i) {
    test.ring->queue({.operation = Operation::kOpenDirect,
                      .link = true,
                      .skip_success = true,
                      .file = static_cast<int>(i),
                      .address = i == 2 ? "/nonexistent/file" : file.path().c_str(),
                      .open_flags = O_RDONLY,
                      .user_data = 100 + i});
    Submission read = test.fixed_read(static_cast<int>(i), 0, 3'001, i * 4096, i);
    read.fixed_file = true;
    test.ring->queue(read);
  }
  std::map<u64, int> results;
  for (const Completion& completion : test.reap_count(4)) {
    results[completion.user_data] = completion.result;
  }
  const std::map<u64, int> expected{{0, 3000}, {1, 3000}, {102, -ENOENT}, {3, 3000}};
  EXPECT_EQ(results, expected);
  EXPECT_EQ(test.ring->in_flight(), 0u);
  for (u32 i = 0; i < 4; ++i) {
    test.ring->queue({.operation = Operation::kCloseDirect,
                      .skip_success = true,
                      .file = static_cast<int>(i),
                      .user_data = 200 + i});
  }
  // Closing the entry that was never opened fails, and only that completes; it was not counted.
  const auto failed = test.reap_count(1);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].user_data, 202u);
  EXPECT_LT(failed[0].result, 0);
  EXPECT_EQ(test.ring->in_flight(), 0u);
}

TEST_P(EveryProfile, LosesNoCompletionWhenTheirQueueOverflows) {
  const TestFile file(4'096);
  RingUnderTest test(options(4));
  constexpr u32 kReads = 200;
  ASSERT_LT(test.ring->completion_capacity(), kReads);
  for (u32 i = 0; i < kReads; ++i) {
    while (test.ring->space() == 0) ASSERT_TRUE(test.ring->submit());
    test.ring->queue(test.fixed_read(file.descriptor(), 0, 64, i * 64, i));
  }
  std::set<u64> seen;
  for (const Completion& completion : test.reap_count(kReads)) {
    EXPECT_EQ(completion.result, 64);
    EXPECT_TRUE(seen.insert(completion.user_data).second);
  }
  EXPECT_EQ(seen.size(), kReads);
}

TEST_P(EveryProfile, IsWokenFromAnotherThreadAndBeforehand) {
  RingUnderTest test(options(4));
  for (int round = 0; round < 3; ++round) {
    const auto begin = steady_clock::now();
    std::thread waker([&] {
      std::this_thread::sleep_for(milliseconds(20));
      test.ring->wake();
    });
    ASSERT_TRUE(test.ring->wait(std::chrono::seconds(10)));
    waker.join();
    EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
    std::array<Completion, 4> none{};
    EXPECT_EQ(*test.ring->reap(none), 0u);
    test.ring->wake();
    ASSERT_TRUE(test.ring->wait(std::chrono::seconds(10)));
    EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_EQ(*test.ring->reap(none), 0u);
  }
}

TEST_P(EveryProfile, WaitEndsWithItsTimeout) {
  RingUnderTest test(options(4));
  const auto begin = steady_clock::now();
  ASSERT_TRUE(test.ring->wait(milliseconds(30)));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(25));
  ASSERT_TRUE(test.ring->wait(milliseconds(-1)));
}

TEST_P(EveryProfile, DestructionAndCancelEndReadsThatWouldNeverComplete) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  {
    RingUnderTest test(options(8));
    const auto read_pipe = [&](u64 user_data) {
      test.ring->queue({.operation = Operation::kRead,
                        .file = ends[0],
                        .address = test.buffer->data(),
                        .length = 10,
                        .user_data = user_data});
    };
    for (u64 i = 0; i < 3; ++i) read_pipe(i);
    ASSERT_TRUE(test.ring->submit());
    EXPECT_EQ(test.ring->in_flight(), 3u);
    ASSERT_TRUE(test.ring->cancel_all());
    const auto completions = test.reap_count(3);
    ASSERT_EQ(completions.size(), 3u);
    for (const Completion& completion : completions) EXPECT_EQ(completion.result, -ECANCELED);
    // The ring still works, its wake included; then it is destroyed with a read in flight.
    test.ring->wake();
    ASSERT_TRUE(test.ring->wait(std::chrono::seconds(10)));
    read_pipe(7);
    ASSERT_TRUE(test.ring->submit());
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(IoUring, VectoredReadsScatter) {
  const TestFile file(300);
  RingUnderTest test;
  const std::array<iovec, 2> vectors{iovec{test.buffer->data() + 1000, 100},
                                     iovec{test.buffer->data(), 200}};
  test.ring->queue({.operation = Operation::kReadVectored,
                    .file = file.descriptor(),
                    .address = vectors.data(),
                    .length = 2,
                    .user_data = 1});
  const auto completions = test.reap_count(1);
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].result, 300);
  EXPECT_EQ(std::memcmp(test.buffer->data() + 1000, file.content().data(), 100), 0);
  EXPECT_EQ(std::memcmp(test.buffer->data(), file.content().data() + 100, 200), 0);
}

TEST(IoUring, FixedReadsOutsideTheRegisteredBufferFail) {
  const TestFile file(300);
  RingUnderTest test;
  test.ring->queue(test.fixed_read(file.descriptor(), 0, 300, kBufferBytes - 100, 5));
  const auto completions = test.reap_count(1);
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].result, -EFAULT);
}

TEST(IoUring, SetFileFillsAndEmptiesTheTable) {
  const TestFile file(300);
  RingUnderTest test;
  ASSERT_TRUE(test.ring->set_file({3}, file.descriptor()));
  Submission read = test.fixed_read(3, 0, 300, 0, 1);
  read.fixed_file = true;
  test.ring->queue(read);
  EXPECT_EQ(test.reap_count(1).at(0).result, 300);
  ASSERT_TRUE(test.ring->set_file({3}, -1));
  test.ring->queue(read);
  EXPECT_EQ(test.reap_count(1).at(0).result, -EBADF);
  EXPECT_FALSE(test.ring->set_file({1'000'000}, file.descriptor()));
}

class PolledRing : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Entries, PolledRing, ::testing::Bool());

TEST_P(PolledRing, ReadsDirectOrSaysThatTheDeviceCannot) {
  const TestFile file(8192);
  RingUnderTest test({.profile = Profile::kIoPoll, .entries = 4, .wide_entries = GetParam()});
  EXPECT_EQ(test.ring->features().wide_entries, GetParam());
  EXPECT_TRUE(test.ring->features().io_poll);
  EXPECT_FALSE(test.ring->features().defer_taskrun);
  const base::OwnedFd direct(::open(file.path().c_str(), O_RDONLY | O_DIRECT));
  if (!direct) GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
  test.ring->queue(test.fixed_read(direct.get(), 0, 8192, 0, 9));
  const auto completions = test.reap_count(1);
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_TRUE(completions[0].result == 8192 || completions[0].result == -EOPNOTSUPP)
      << completions[0].result;
  test.ring->wake();
  const auto begin = steady_clock::now();
  ASSERT_TRUE(test.ring->wait(std::chrono::seconds(10)));
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(IoUringDeathTest, KeepsItsBufferUntilItIsGone) {
  auto buffer = memory::MappedBuffer::anonymous(4096);
  auto ring = IoUring::create({.entries = 4, .file_slots = 0});
  ASSERT_TRUE(ring);
  ASSERT_TRUE((*ring)->register_buffer(*buffer->region(0, 4096)));
  EXPECT_DEATH({ memory::MappedBuffer gone = std::move(*buffer); }, "uses");
  ring->reset();
}

}  // namespace
}  // namespace vyre::uring
