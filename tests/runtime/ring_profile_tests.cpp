#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/ingest/temporary_tree.hpp"
#include "tests/runtime/list_feed.hpp"
#include "vyre/program_text.hpp"
#include "vyre/session.hpp"

namespace vyre {
namespace {

using ::testing::HasSubstr;

/// One file, for ever.
class EndlessFeed final : public FileFeed {
 public:
  explicit EndlessFeed(FileSource file) : file_(std::move(file)) {}
  bool next(std::vector<FileSource>& batch, std::size_t) override {
    batch.push_back(file_);
    ++handed_out;
    return true;
  }
  std::atomic<int> handed_out{0};

 private:
  FileSource file_;
};

/// Bytes and errors of each file, of all rings.
class Seen {
 public:
  std::map<std::string, std::string> content;
  std::map<std::string, std::string> errors;

  ConsumerFactory factory() {
    return [this](std::uint32_t) { return std::make_unique<Consumer>(*this); };
  }

 private:
  class Consumer final : public ChunkConsumer {
   public:
    explicit Consumer(Seen& seen) : seen_(seen) {}
    void on_chunk(const ChunkView& chunk) override {
      const std::lock_guard lock(seen_.mutex_);
      seen_.content[chunk.file.path()].append(chunk.bytes.data() + chunk.own_begin,
                                              chunk.own_end - chunk.own_begin);
    }
    void on_file_end(const StreamedFile& file, const Error* error) override {
      const std::lock_guard lock(seen_.mutex_);
      if (error != nullptr) seen_.errors[file.path()] = error->message();
    }

   private:
    Seen& seen_;
  };
  std::mutex mutex_;
};

struct Profile {
  const char* name;
  RingProfile ring;
  bool devices;
  IoPolicy io;
};

class RingProfiles : public ::testing::TestWithParam<Profile> {
 protected:
  void SetUp() override {
    auto session = Session::open({.backend = {.kind = BackendKind::kCpu},
                                  .rings = 2,
                                  .workers = 2,
                                  .slot_bytes = 64 * 1024,
                                  .io = GetParam().io,
                                  .devices = GetParam().devices,
                                  .ring = GetParam().ring});
    ASSERT_TRUE(session) << session.error().message();
    session_.emplace(std::move(*session));
    auto loaded = session_->load(verify(assemble("halt").value()).value());
    ASSERT_TRUE(loaded);
    program_.emplace(*loaded);
    for (const std::size_t bytes : {1, 5000, 60'000, 300'000, 1'000'003}) {
      const std::string content = test::noise(bytes, bytes);
      files_.push_back(tree_.add("file" + std::to_string(bytes), content));
      contents_[files_.back().path] = content;
    }
  }
  void expect_everything() {
    test::ListFeed feed(files_);
    Seen seen;
    const Status status = session_->stream(feed, *program_, seen.factory());
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_TRUE(seen.errors.empty()) << seen.errors.begin()->second;
    EXPECT_TRUE(seen.content == contents_);
  }

  test::TemporaryTree tree_;
  std::vector<FileSource> files_;
  std::map<std::string, std::string> contents_;
  std::optional<Session> session_;
  std::optional<LoadedProgram> program_;
};

TEST_P(RingProfiles, DeliverFilesAndCertifyThem) {
  expect_everything();
  const SessionStatistics statistics = session_->statistics();
  std::uint64_t certified = 0;
  for (const auto& [origin, certificate] : statistics.certificate.origins()) {
    for (const CertifiedBytes& path : certificate.paths) certified += path.bytes.value();
  }
  EXPECT_EQ(certified, statistics.ingest.path(ReadPath::kRegisteredMappedRead).bytes.value());
  EXPECT_TRUE(statistics.ingest.validate_completed_zero_copy(ReadPath::kRegisteredMappedRead));
}

TEST_P(RingProfiles, EndSoonWhenCancelledAndGoOn) {
  EndlessFeed endless(files_.back());
  std::thread canceller([&] {
    while (endless.handed_out.load() < 20) std::this_thread::yield();
    session_->cancel();
  });
  Seen seen;
  const Status status = session_->stream(endless, *program_, seen.factory());
  canceller.join();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  expect_everything();
}

INSTANTIATE_TEST_SUITE_P(
    Sessions, RingProfiles,
    ::testing::Values(Profile{"Default", RingProfile::kDefault, false, IoPolicy::kAuto},
                      Profile{"Wide", RingProfile::kDefault, true, IoPolicy::kAuto},
                      Profile{"SqPoll", RingProfile::kSqPoll, false, IoPolicy::kBuffered},
                      Profile{"WideSqPoll", RingProfile::kSqPoll, true, IoPolicy::kAuto}),
    [](const auto& profile) { return profile.param.name; });

// What can be polled is tested in a virtual machine.
TEST(PolledSession, EndsFilesThatCannotBePolledAndGoesOn) {
  const test::TemporaryTree tree;
  const std::vector<FileSource> files = {tree.add("small", "text"),
                                         tree.add("big", test::noise(1'000'000, 3))};
  auto session = Session::open({.backend = {.kind = BackendKind::kCpu},
                                .rings = 1,
                                .workers = 1,
                                .devices = true,
                                .ring = RingProfile::kIoPoll});
  ASSERT_TRUE(session) << session.error().message();
  const auto program = session->load(verify(assemble("halt").value()).value());
  ASSERT_TRUE(program);
  for (int round = 0; round < 2; ++round) {
    test::ListFeed feed(files);
    Seen seen;
    const Status status = session->stream(feed, *program, seen.factory());
    ASSERT_TRUE(status) << status.error().message();
    ASSERT_EQ(seen.errors.size(), files.size());
    for (const auto& [path, error] : seen.errors) EXPECT_THAT(error, HasSubstr("IOPOLL")) << path;
  }
}

}  // namespace
}  // namespace vyre
