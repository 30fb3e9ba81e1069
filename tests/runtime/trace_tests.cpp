#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "runtime/trace_buffer.hpp"
#include "runtime/trace_file.hpp"
#include "tests/ingest/temporary_tree.hpp"

namespace vyre::runtime {
namespace {

using ::testing::HasSubstr;

class TraceTest : public testing::Test {
 protected:
  [[nodiscard]] nlohmann::json parsed() const {
    const std::ifstream file(path_);
    std::stringstream text;
    text << file.rdbuf();
    return nlohmann::json::parse(text.str(), nullptr, false);
  }
  /// The events that tell times, not names.
  [[nodiscard]] std::vector<nlohmann::json> events() const {
    std::vector<nlohmann::json> found;
    const nlohmann::json whole = parsed();
    for (const auto& event : whole.at("traceEvents")) {
      if (event.at("ph") != "M") found.push_back(event);
    }
    return found;
  }

  test::TemporaryTree tree_;
  const std::string path_ = tree_.path("trace.json");
};

class NamedFile final : public StreamedFile {
 public:
  explicit NamedFile(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  Result<std::size_t> read_again(std::uint64_t, std::span<char>) const override { return 0; }

 private:
  std::string path_;
};

TEST_F(TraceTest, IsWholeFromTheBeginning) {
  const auto file = TraceFile::create(path_);
  ASSERT_TRUE(file.has_value()) << file.error().message();
  EXPECT_TRUE(parsed().is_object());
  EXPECT_TRUE(events().empty());
}

TEST_F(TraceTest, EmptiesWhatWasThere) {
  std::ofstream(path_) << std::string(100'000, 'x');
  ASSERT_TRUE(TraceFile::create(path_).has_value());
  EXPECT_TRUE(parsed().is_object());
}

TEST_F(TraceTest, IsWholeAfterEachAppendOfAnyThread) {
  const auto file = TraceFile::create(path_).value();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&file, thread] {
      for (int i = 0; i < 200; ++i) {
        file->append(",\n{\"ph\":\"i\",\"n\":" + std::to_string(thread * 200 + i) + "}");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<bool> seen(800);
  for (const auto& event : events()) seen[event.at("n").get<std::size_t>()] = true;
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 800);
  file->append(",\n{\"ph\":\"i\"}");
  EXPECT_EQ(events().size(), 801u);
}

TEST_F(TraceTest, RefusesWhatCannotHoldIt) {
  const auto folder = TraceFile::create(tree_.path("."));
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().detail, EISDIR);
  const auto nowhere = TraceFile::create(tree_.path("none/trace"));
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().detail, ENOENT);
  const auto device = TraceFile::create("/dev/null");
  ASSERT_FALSE(device.has_value());
  EXPECT_EQ(device.error().code, ErrorCode::kInvalidArgument);
  const std::string fifo = tree_.path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_FALSE(TraceFile::create(fifo).has_value()) << "and does not wait for a reader";
}

TEST_F(TraceTest, TellsTheWriteThatFailed) {
  const auto file = TraceFile::create(path_).value();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  file->append(",\n{\"ph\":\"i\"}");
  EXPECT_TRUE(file->status().has_value());
  file->append(",\n\"" + std::string(8192, 'x') + "\"");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, previous);
  ASSERT_FALSE(file->status().has_value());
  EXPECT_EQ(file->status().error().detail, EFBIG);
  EXPECT_THAT(file->status().error().what, HasSubstr(path_));
  file->append(",\n{\"ph\":\"i\"}");
  EXPECT_EQ(file->status().error().detail, EFBIG) << "the first error stays";
}

TEST_F(TraceTest, WritesAPairForEachHop) {
  const auto file = TraceFile::create(path_).value();
  TraceBuffer buffer(*file, 2);
  const NamedFile named("a \"name\"\n\xff");
  const ingest::Extent extent{.file = &named, .file_offset = 65536};
  const u64 origin = file->origin();
  const std::vector<HopTime> hops = {{Hop::kSubmit, origin + 1'500, origin + 1'500},
                                     {Hop::kRead, origin + 1'500, origin + 2'345'678}};
  buffer.add({.slot = 3,
              .bytes = 4096,
              .times = {},
              .extents = std::span(&extent, 1),
              .opcode = 0x40000000,
              .fault = 7},
             hops);
  buffer.add({.slot = 4, .bytes = 0, .times = {}}, std::span(hops).first(1));
  EXPECT_TRUE(events().empty()) << "until it is flushed";
  buffer.flush();
  const std::vector<nlohmann::json> all = events();
  ASSERT_EQ(all.size(), 6u);
  const std::vector<std::pair<std::string, double>> expected = {
      {"b", 1.5}, {"e", 1.5}, {"b", 1.5}, {"e", 2345.678}, {"b", 1.5}, {"e", 1.5}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].at("ph"), expected[i].first);
    EXPECT_DOUBLE_EQ(all[i].at("ts").get<double>(), expected[i].second);
    EXPECT_EQ(all[i].at("pid"), 3);
  }
  EXPECT_EQ(all[0].at("cat"), "submit");
  EXPECT_EQ(all[2].at("cat"), "read");
  EXPECT_EQ(all[2].at("name"), "2 read");
  EXPECT_EQ(all[2].at("tid"), 2);
  EXPECT_EQ(all[0].at("id"), all[3].at("id")) << "one visit, one id";
  EXPECT_NE(all[0].at("id"), all[4].at("id"));
  EXPECT_EQ(all[2].at("args"), (nlohmann::json{{"slot", 3},
                                               {"bytes", 4096},
                                               {"files", 1},
                                               {"offset", 65536},
                                               {"file", "a \"name\"\n\uFFFD"},
                                               {"opcode", 0x40000000},
                                               {"fault", 7}}));
  EXPECT_EQ(all[4].at("args"), (nlohmann::json{{"slot", 4}, {"bytes", 0}, {"files", 0}}));
}

TEST_F(TraceTest, HoldsABoundedPartBack) {
  const auto file = TraceFile::create(path_).value();
  TraceBuffer buffer(*file, 0);
  const std::vector<HopTime> hops = {{Hop::kRun, 1, 2}};
  constexpr std::size_t kVisits = 2000;
  std::size_t written = 0;
  for (std::size_t i = 0; i < kVisits; ++i) {
    buffer.add({.slot = 0, .bytes = 1, .times = {}}, hops);
    written = std::max(written, static_cast<std::size_t>(std::filesystem::file_size(path_)));
  }
  const auto before = std::filesystem::file_size(path_);
  buffer.flush();
  EXPECT_GT(written, 0u);
  EXPECT_LE(std::filesystem::file_size(path_) - before, 64u * 1024);
  EXPECT_EQ(events().size(), 2 * kVisits);
}

}  // namespace
}  // namespace vyre::runtime
