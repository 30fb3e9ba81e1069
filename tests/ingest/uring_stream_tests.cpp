#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "ingest/uring_stream.hpp"
#include "memory/mapped_buffer.hpp"
#include "tests/ingest/fault_ring.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "uring/io_uring.hpp"

namespace vyre::ingest {
namespace {

using test::Fault;
using test::FaultRing;
using uring::Operation;
using uring::Submission;

constexpr std::size_t kTargetBytes = std::size_t{1} << 16;
constexpr u32 kFileBytes = 10'000;

class UringStreamTest : public ::testing::Test {
 protected:
  UringStreamTest() : content(test::noise(kFileBytes, 5)), path(tree.add("file", content).path) {
    buffer.emplace(std::move(*memory::MappedBuffer::anonymous(kTargetBytes)));
    inner = std::move(*uring::IoUring::create({.entries = 16, .file_slots = 8}));
    EXPECT_TRUE(inner->register_buffer(*buffer->region(0, kTargetBytes)));
    ring.emplace(*inner);
    stream.emplace(*ring, buffer->bytes(), telemetry, certificate, &tail);
    descriptor = base::OwnedFd(::open(path.c_str(), O_RDONLY));
  }

  ReadRequest request(u64 file_offset, TargetRange target, u64 user_data) const {
    return {.fixed_file = false,
            .file = descriptor.get(),
            .file_offset = file_offset,
            .target = target,
            .user_data = user_data};
  }

  /// Polls until nothing is in flight; completions by user data.
  std::map<u64, ReadCompletion> finish() {
    std::map<u64, ReadCompletion> all;
    while (stream->inflight() != 0) {
      EXPECT_TRUE(stream->wait(std::chrono::milliseconds(100)));
      std::vector<ReadCompletion> some;
      const auto summary = stream->poll(some);
      EXPECT_TRUE(summary);
      last = *summary;
      for (const ReadCompletion& completion : some) {
        EXPECT_TRUE(all.emplace(completion.user_data, completion).second);
      }
    }
    return all;
  }

  std::string target_text(TargetRange range) const {
    return {reinterpret_cast<const char*>(buffer->data()) + range.offset, range.length};
  }

  test::TemporaryTree tree;
  std::string content;
  std::string path;
  IngestTelemetry telemetry;
  PathCertificate certificate;
  u32 tail = 0xFFFFFFFE;
  std::optional<memory::MappedBuffer> buffer;
  std::unique_ptr<uring::IoUring> inner;
  std::optional<FaultRing> ring;
  std::optional<UringStream> stream;
  base::OwnedFd descriptor;
  PollSummary last;
};

TEST_F(UringStreamTest, ReadsEveryWayToTheAskedPlaces) {
  ASSERT_TRUE(stream->read(request(100, {0, 1'000}, 1)));
  ReadRequest plain = request(2'000, {4'096, 500}, 2);
  plain.fixed_buffer = false;
  ASSERT_TRUE(stream->read(plain));
  const std::array<TargetRange, 3> pieces{TargetRange{9'000, 10}, {8'192, 300}, {20'000, 1}};
  ASSERT_TRUE(stream->read_vectored(request(50, {}, 3), pieces));
  ASSERT_TRUE(ring->set_file({5}, descriptor.get()));
  ReadRequest registered = request(7, {30'000, 70}, 4);
  registered.fixed_file = true;
  registered.file = 5;
  ASSERT_TRUE(stream->read(registered));
  ReadRequest opened = registered;
  opened.file = 6;
  opened.target = {40'000, kFileBytes + 1};
  opened.file_offset = 0;
  opened.user_data = 5;
  ASSERT_TRUE(stream->open_and_read(path.c_str(), opened));
  EXPECT_EQ(stream->inflight(), 5u);
  const auto completions = finish();
  ASSERT_EQ(completions.size(), 5u);
  for (const auto& [user_data, completion] : completions) {
    EXPECT_EQ(completion.error, 0) << user_data;
    EXPECT_EQ(completion.end_of_file, user_data == 5);
  }
  EXPECT_EQ(target_text({0, 1'000}), content.substr(100, 1'000));
  EXPECT_EQ(target_text({4'096, 500}), content.substr(2'000, 500));
  EXPECT_EQ(target_text({9'000, 10}) + target_text({8'192, 300}) + target_text({20'000, 1}),
            content.substr(50, 311));
  EXPECT_EQ(target_text({30'000, 70}), content.substr(7, 70));
  EXPECT_EQ(completions.at(5).bytes, kFileBytes);
  EXPECT_EQ(target_text({40'000, kFileBytes}), content);
  EXPECT_EQ(tail, 3u) << "five successes, past the 32-bit wrap";
  EXPECT_EQ(telemetry.path(ReadPath::kRegisteredMappedRead).completed.value(), 3u);
  EXPECT_EQ(telemetry.path(ReadPath::kUnregisteredRead).completed.value(), 2u);
}

TEST_F(UringStreamTest, ResumesShortReadsUntilWholeOrTheEnd) {
  ring->fault = [](const Submission&) { return Fault{.shorten = 777}; };
  ASSERT_TRUE(stream->read(request(0, {0, 5'000}, 1)));
  ASSERT_TRUE(stream->read(request(8'000, {8'000, 5'000}, 2)));
  const std::array<TargetRange, 3> pieces{TargetRange{20'000, 1'000}, {30'000, 1}, {40'000, 2'000}};
  // A shortened vectored read takes fewer vectors.
  ring->fault = [](const Submission& submission) {
    return Fault{.shorten = submission.operation == Operation::kReadVectored ? 1u : 777u};
  };
  ASSERT_TRUE(stream->read_vectored(request(0, {}, 3), pieces));
  const auto completions = finish();
  EXPECT_EQ(completions.at(1).bytes, 5'000u);
  EXPECT_FALSE(completions.at(1).end_of_file);
  EXPECT_EQ(completions.at(2).bytes, 2'000u);
  EXPECT_TRUE(completions.at(2).end_of_file);
  EXPECT_EQ(completions.at(3).bytes, 3'001u);
  EXPECT_EQ(target_text({0, 5'000}), content.substr(0, 5'000));
  EXPECT_EQ(target_text({20'000, 1'000}) + target_text({30'000, 1}) + target_text({40'000, 2'000}),
            content.substr(0, 3'001));
  EXPECT_EQ(telemetry.path(ReadPath::kRegisteredMappedRead).submitted.value(), 2u)
      << "a resumption is part of its read";
}

TEST_F(UringStreamTest, ReportsTheFirstFailureAndKeepsDraining) {
  ring->fault = [](const Submission& submission) {
    return Fault{.result = submission.offset == 300   ? -EIO
                           : submission.offset == 100 ? -ENOMEM
                                                      : 0};
  };
  for (u64 i = 0; i < 5; ++i) ASSERT_TRUE(stream->read(request(i * 100, {i * 100, 100}, i)));
  ASSERT_TRUE(stream->flush());
  std::vector<ReadCompletion> completions;
  PollSummary sum;
  while (completions.size() < 5) {
    const auto summary = stream->poll(completions);
    ASSERT_TRUE(summary);
    sum.completed += summary->completed;
    sum.failed += summary->failed;
    if (!sum.first_failure) sum.first_failure = summary->first_failure;
  }
  EXPECT_EQ(sum.completed, 5u);
  EXPECT_EQ(sum.failed, 2u);
  ASSERT_TRUE(sum.first_failure);
  EXPECT_EQ(sum.first_failure->user_data, 1u);
  EXPECT_EQ(sum.first_failure->error, ENOMEM);
  EXPECT_EQ(tail, 0xFFFFFFFE + 3u);
  EXPECT_EQ(telemetry.path(ReadPath::kRegisteredMappedRead).failed.value(), 2u);
  EXPECT_EQ(telemetry.in_flight(ReadPath::kRegisteredMappedRead), 0u);
}

TEST_F(UringStreamTest, TransientFailuresAreRetriedAFewTimesOnly) {
  struct Case {
    int error;
    int times;
    int outcome;
  };
  for (const auto& [error, times, outcome] :
       {Case{EAGAIN, 1, 0}, Case{EINTR, 3, 0}, Case{EAGAIN, 100, EAGAIN}, Case{EIO, 1, EIO}}) {
    int left = times;
    ring->fault = [&, failure = error](const Submission&) {
      return Fault{.result = left-- > 0 ? -failure : 0};
    };
    ASSERT_TRUE(stream->read(request(0, {0, 100}, 9)));
    EXPECT_EQ(finish().at(9).error, outcome) << error << " " << times;
  }
}

TEST_F(UringStreamTest, AFailedOpenIsToldFromAFailedRead) {
  ReadRequest opened = request(0, {0, 100}, 1);
  opened.fixed_file = true;
  opened.file = 2;
  ASSERT_TRUE(stream->open_and_read("/nonexistent", opened));
  const auto completions = finish();
  EXPECT_EQ(completions.at(1).error, ENOENT);
  EXPECT_TRUE(completions.at(1).open_failed);
  EXPECT_EQ(telemetry.opens.value(), 0u);
  EXPECT_EQ(telemetry.opens_failed.value(), 1u);
}

TEST_F(UringStreamTest, RefusesWhatLiesOutsideTheTarget) {
  for (const TargetRange range : {TargetRange{kTargetBytes, 1},
                                  {kTargetBytes - 1, 2},
                                  {~u64{0}, 2},
                                  {0, 0},
                                  {1, kTargetBytes}}) {
    const Status status = stream->read(request(0, range, 1));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    const std::array<TargetRange, 1> one{range};
    EXPECT_FALSE(stream->read_vectored(request(0, {}, 1), one));
  }
  EXPECT_FALSE(stream->read_vectored(request(0, {}, 1), {}));
  EXPECT_EQ(stream->inflight(), 0u);
}

TEST_F(UringStreamTest, IsFullWithoutLosingWhatIsInFlight) {
  u64 queued = 0;
  for (; stream->room() != 0; ++queued) {
    ASSERT_TRUE(stream->read(request(0, {queued, 1}, queued)));
  }
  const Status full = stream->read(request(0, {0, 1}, 77));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kQueueFull);
  EXPECT_EQ(finish().size(), queued);
  EXPECT_TRUE(stream->read(request(0, {0, 1}, 77)));
  EXPECT_EQ(finish().size(), 1u);
}

TEST_F(UringStreamTest, CancelEndsReadsThatNeverWould) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const base::OwnedFd reader(ends[0]);
  const base::OwnedFd writer(ends[1]);
  for (u64 i = 0; i < 4; ++i) {
    ReadRequest waiting = request(0, {i * 10, 10}, i);
    waiting.fixed_buffer = false;
    waiting.file = reader.get();
    ASSERT_TRUE(stream->read(waiting));
  }
  ASSERT_TRUE(stream->flush());
  ASSERT_TRUE(stream->cancel());
  EXPECT_EQ(stream->inflight(), 4u) << "their completions are still to be polled";
  std::vector<ReadCompletion> completions;
  ASSERT_TRUE(stream->poll(completions));
  ASSERT_EQ(completions.size(), 4u);
  for (const ReadCompletion& completion : completions) EXPECT_EQ(completion.error, ECANCELED);
  EXPECT_EQ(stream->inflight(), 0u);
}

TEST_F(UringStreamTest, DirectReadsAreResumedAtAlignedOffsetsAndEndUnaligned) {
  const base::OwnedFd direct(::open(path.c_str(), O_RDONLY | O_DIRECT));
  if (!direct) GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
  ReadRequest whole = request(0, {0, 16'384}, 1);
  whole.direct = true;
  whole.file = direct.get();
  ring->fault = [](const Submission& submission) {
    EXPECT_EQ(submission.offset % 4'096, 0u);
    return Fault{.shorten = 4'096};
  };
  ASSERT_TRUE(stream->read(whole));
  const auto completions = finish();
  EXPECT_EQ(completions.at(1).error, 0);
  EXPECT_EQ(completions.at(1).bytes, kFileBytes);
  EXPECT_TRUE(completions.at(1).end_of_file);
  EXPECT_EQ(target_text({0, kFileBytes}), content);
  EXPECT_EQ(telemetry.direct_bytes.value(), kFileBytes);
  EXPECT_EQ(telemetry.buffered_bytes.value(), 0u);
}

TEST_F(UringStreamTest, SendsCommandsOfWholeBlocksOnly) {
  const nvme::Identity disk{.nsid = 1, .block_bytes = 512, .blocks = 16, .largest_command = 2048};
  ring->name_space = disk;
  ReadRequest command = request(0, {0, 512}, 1);
  command.name_space = &disk;
  struct Refused {
    u64 file_offset;
    TargetRange target;
  };
  for (const auto& [file_offset, target] :
       {Refused{1, {0, 512}}, Refused{0, {0, 511}}, Refused{0, {0, 513}}, Refused{0, {0, 2560}},
        Refused{16 * 512, {0, 512}}, Refused{15 * 512, {0, 1024}}, Refused{~u64{0} - 511, {0, 512}},
        Refused{0, {kTargetBytes - 100, 512}}, Refused{0, {0, 0}}}) {
    command.file_offset = file_offset;
    command.target = target;
    const Status status = stream->read(command);
    ASSERT_FALSE(status) << file_offset << " " << target.length;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(stream->inflight(), 0u);
  EXPECT_EQ(telemetry.path(ReadPath::kNvmePassthrough).submitted.value(), 0u);
  command.file_offset = 2 * 512;
  command.target = {1'000, 2'048};
  command.origin = 4;
  ASSERT_TRUE(stream->read(command));
  const auto completions = finish();
  EXPECT_EQ(completions.at(1).error, 0);
  EXPECT_EQ(completions.at(1).bytes, 2'048u);
  EXPECT_FALSE(completions.at(1).end_of_file);
  EXPECT_EQ(target_text({1'000, 2'048}), content.substr(1'024, 2'048));
  EXPECT_EQ(certificate.origins().at(4).path(CertifiedPath::kPassthrough).bytes.value(), 2'048u);
}

TEST_F(UringStreamTest, TellsTheDevicesStatusFromAnErrno) {
  const nvme::Identity disk{.nsid = 1, .block_bytes = 512, .blocks = 16, .largest_command = 2048};
  ring->name_space = disk;
  struct Case {
    Fault fault;
    int error;
    u16 status;
    u32 bytes;
  };
  for (const auto& [fault, error, status, bytes] :
       {Case{{}, 0, 0, 512}, Case{{.status = 0x281}, EIO, 0x281, 0},
        Case{{.result = -EINVAL}, EINVAL, 0, 0}, Case{{.result = -EINTR}, EINTR, 0, 0}}) {
    ring->fault = [&, answer = fault](const Submission&) { return answer; };
    ReadRequest command = request(0, {0, 512}, 1);
    command.name_space = &disk;
    ASSERT_TRUE(stream->read(command));
    const ReadCompletion completion = finish().at(1);
    EXPECT_EQ(completion.error, error);
    EXPECT_EQ(completion.device_status.raw(), status);
    EXPECT_EQ(completion.bytes, bytes);
  }
  EXPECT_EQ(telemetry.path(ReadPath::kNvmePassthrough).failed.value(), 3u);
  EXPECT_EQ(telemetry.path(ReadPath::kNvmePassthrough).bytes.value(), 512u);
}

}  // namespace
}  // namespace vyre::ingest
