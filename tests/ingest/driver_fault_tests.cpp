#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "ingest/chunk_plan.hpp"
#include "ingest/open_file.hpp"
#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"

// Completions that fail, fall short and come in any order.
namespace vyre::ingest {
namespace {

using test::Delivered;
using test::DriverHarness;
using test::Fault;
using test::kSmallSlot;
using test::noise;
using test::TemporaryTree;
using uring::Operation;
using uring::Submission;

bool is_read(const Submission& submission) { return submission.operation == Operation::kReadFixed; }

struct SmallFiles {
  SmallFiles() {
    for (u32 i = 0; i < 40; ++i) {
      files.push_back(tree.add("file" + std::to_string(i), noise(1'000 + i, i)));
    }
  }
  TemporaryTree tree;
  std::vector<FileSource> files;
};

TEST(InjectedFaults, APackedFilesErrorIsItsOwn) {
  for (const int error : {EIO, ENOMEM, ECANCELED, EINVAL}) {
    SCOPED_TRACE(error);
    SmallFiles small;
    DriverHarness harness;
    harness.faults->shuffle(7);
    u32 reads = 0;
    harness.faults->fault = [&](const Submission& submission) {
      return Fault{.result = is_read(submission) && reads++ % 4 == 0 ? -error : 0};
    };
    const auto& delivered = harness.run(small.files);
    u32 failed = 0;
    for (u32 i = 0; i < small.files.size(); ++i) {
      const Delivered& file = delivered.at(small.files[i].path);
      EXPECT_EQ(file.ends, 1u);
      if (!file.error) {
        EXPECT_TRUE(file.content == noise(1'000 + i, i));
        continue;
      }
      ++failed;
      EXPECT_EQ(file.error->code, ErrorCode::kSyscall);
      EXPECT_EQ(file.error->detail, error);
      EXPECT_TRUE(file.content.empty());
    }
    EXPECT_EQ(failed, 10u);
    EXPECT_EQ(harness.telemetry().path(ReadPath::kRegisteredMappedRead).failed.value(), 10u);
    EXPECT_FALSE(harness.telemetry().validate_completed_zero_copy(ReadPath::kRegisteredMappedRead));
  }
}

TEST(InjectedFaults, ShortReadsAreResumedEverywhere) {
  for (const u32 most : {1u, 100u, 4'096u}) {
    SCOPED_TRACE(most);
    const TemporaryTree tree;
    const u32 scale = most == 1 ? 1 : 50;
    const std::string small = noise(20 * scale, 1);
    const std::string big = noise(kSmallSlot + 20 * scale, 2);
    const std::vector<FileSource> files{tree.add("small", small), tree.add("big", big)};
    DriverHarness harness;
    harness.faults->shuffle(most);
    harness.faults->fault = [&](const Submission& submission) {
      return Fault{.shorten = is_read(submission) ? most : 0};
    };
    const auto& delivered = harness.run(files);
    EXPECT_TRUE(delivered.at(files[0].path).content == small);
    EXPECT_TRUE(delivered.at(files[1].path).content == big);
  }
}

TEST(InjectedFaults, AnErrorInTheMiddleDeliversWhatCameBefore) {
  const u32 own = own_bytes(kSmallSlot);
  const TemporaryTree tree;
  const std::string big = noise(9 * own, 3);
  const std::vector<FileSource> files{tree.add("big", big), tree.add("next", noise(5 * own, 4)),
                                      tree.add("small", "text")};
  // The read that begins at `offset` brings `before` bytes and then fails.
  struct Case {
    u64 chunk;
    u32 before;
  };
  for (const auto& [chunk, before] :
       {Case{0, 0}, Case{0, 100}, Case{3, 0}, Case{3, 4'000}, Case{3, 4'096}, Case{3, 6'000},
        Case{3, 4'096 + own + 1'000}, Case{8, 500}}) {
    SCOPED_TRACE(std::to_string(chunk) + " after " + std::to_string(before));
    const ChunkRange range = chunk_range(kSmallSlot, chunk);
    DriverHarness harness;
    bool armed = true;
    harness.faults->fault = [&, before = before](const Submission& submission) -> Fault {
      if (!is_read(submission) || !armed) return {};
      if (before != 0 && submission.offset == range.file_offset) return {.shorten = before};
      if (submission.offset != range.file_offset + before) return {};
      armed = false;
      return {.result = -EIO};
    };
    const auto& delivered = harness.run(files);
    const Delivered& file = delivered.at(files[0].path);
    ASSERT_TRUE(file.error);
    EXPECT_EQ(file.error->detail, EIO);
    EXPECT_EQ(file.ends, 1u);
    const u64 expected = std::max<u64>(chunk * own, range.file_offset + before);
    EXPECT_EQ(file.content.size(), expected);
    EXPECT_TRUE(big.compare(0, file.content.size(), file.content) == 0);
    EXPECT_TRUE(delivered.at(files[1].path).content == noise(5 * own, 4));
    EXPECT_EQ(delivered.at(files[2].path).content, "text");
  }
}

TEST(InjectedFaults, OfSeveralErrorsTheFirstInTheFileCounts) {
  const u32 own = own_bytes(kSmallSlot);
  const TemporaryTree tree;
  const FileSource source = tree.add("big", noise(9 * own, 3));
  for (u64 seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    DriverHarness harness({.slots = 5});
    harness.faults->shuffle(seed);
    harness.faults->fault = [&](const Submission& submission) -> Fault {
      const u64 chunk = (submission.offset + kHaloBytes) / own;
      if (!is_read(submission)) return {};
      return {.result = chunk == 2 ? -EIO : chunk == 3 ? -ENOMEM : 0};
    };
    const auto& delivered = harness.run({source});
    EXPECT_EQ(delivered.at(source.path).error->detail, EIO);
    EXPECT_EQ(delivered.at(source.path).content.size(), 2 * own);
    EXPECT_EQ(delivered.at(source.path).ends, 1u);
  }
}

TEST(InjectedFaults, AFileSystemThatCannotReadWithoutWaitingIsStreamed) {
  SmallFiles small;
  DriverHarness harness;
  // As it is for descriptors opened with O_NONBLOCK: every read of an opened entry says EAGAIN.
  std::set<int> opened;
  harness.faults->fault = [&](const Submission& submission) {
    if (submission.operation == Operation::kOpenDirect) opened.insert(submission.file);
    return Fault{.result = is_read(submission) && opened.count(submission.file) != 0 ? -EAGAIN : 0};
  };
  const auto& delivered = harness.run(small.files);
  for (u32 i = 0; i < small.files.size(); ++i) {
    const Delivered& file = delivered.at(small.files[i].path);
    EXPECT_EQ(file.ends, 1u);
    EXPECT_FALSE(file.error);
    EXPECT_TRUE(file.content == noise(1'000 + i, i));
  }
  EXPECT_EQ(harness.telemetry().files_restaged.value(), small.files.size());
}

TEST(InjectedFaults, ReadsWithoutWaitingFallBackToWaiting) {
  for (const int error : {EAGAIN, EOPNOTSUPP}) {
    SmallFiles small;
    DriverHarness harness;
    u32 without_waiting = 0;
    harness.faults->fault = [&](const Submission& submission) {
      without_waiting += submission.no_wait ? 1 : 0;
      return Fault{.result = submission.no_wait ? -error : 0};
    };
    const auto& delivered = harness.run(small.files);
    for (u32 i = 0; i < small.files.size(); ++i) {
      EXPECT_TRUE(delivered.at(small.files[i].path).content == noise(1'000 + i, i));
    }
    EXPECT_EQ(without_waiting == small.files.size(), error == EAGAIN) << without_waiting;
    EXPECT_EQ(harness.telemetry().path(ReadPath::kRegisteredMappedRead).completed.value(),
              small.files.size());
  }
}

TEST(InjectedFaults, RefusedDirectReadsBecomeBufferedWhereThatIsAllowed) {
  const TemporaryTree tree;
  const std::string content = noise(kDirectMinimumBytes + 777, 9);
  const FileSource source = tree.add("big", content);
  const base::OwnedFd descriptor(::open(source.path.c_str(), O_RDWR));
  for (const IoPolicy policy : {IoPolicy::kAuto, IoPolicy::kDirect}) {
    ASSERT_EQ(::fsync(descriptor.get()), 0);
    ASSERT_EQ(::posix_fadvise(descriptor.get(), 0, 0, POSIX_FADV_DONTNEED), 0);
    DriverHarness harness({.slots = 4, .slot_bytes = 1u << 20, .policy = policy});
    harness.faults->shuffle(3);
    u32 reads = 0;
    // The first few, all of which were started before the first refusal came back.
    harness.faults->fault = [&](const Submission& submission) {
      return Fault{.result = is_read(submission) && reads++ < 3 ? -EINVAL : 0};
    };
    const auto& delivered = harness.run({source});
    const Delivered& file = delivered.at(source.path);
    if (harness.telemetry().direct_reads.value() == 0) {
      GTEST_SKIP() << "no O_DIRECT in /tmp, or no cachestat in this kernel";
    }
    EXPECT_EQ(file.ends, 1u);
    if (policy == IoPolicy::kAuto) {
      EXPECT_FALSE(file.error);
      EXPECT_TRUE(file.content == content);
      EXPECT_EQ(harness.telemetry().direct_refused.value(), 1u);
      EXPECT_GE(harness.telemetry().buffered_bytes.value(), content.size() - (4u << 20));
    } else {
      ASSERT_TRUE(file.error);
      EXPECT_EQ(file.error->detail, EINVAL);
    }
  }
}

}  // namespace
}  // namespace vyre::ingest
