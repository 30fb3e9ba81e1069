#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/owned_fd.hpp"
#include "scan/report/output_sink.hpp"

namespace vyre::scan {
namespace {

std::string content_of(int descriptor) {
  std::string text(static_cast<std::size_t>(::lseek(descriptor, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(descriptor, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return text;
}

TEST(OutputSink, KeepsFilesTogetherAndInOrder) {
  const base::OwnedFd file(::memfd_create("output", 0));
  OutputSink sink(file.get());
  constexpr int kThreads = 6;
  constexpr int kFiles = 40;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      OutputBuffer buffer(sink);
      for (int index = 0; index < kFiles; ++index) {
        // Every tenth file is long enough to stream.
        const int lines = index % 10 == 0 ? 40'000 : index;
        const std::string name = std::to_string(thread) + "." + std::to_string(index);
        for (int line = 0; line < lines; ++line) {
          buffer.append(name + ":" + std::to_string(line) + "\n");
        }
        buffer.end_file();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  const std::string text = content_of(file.get());
  std::map<std::string, int> lines_seen;
  std::string previous;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::size_t colon = text.find(':', begin);
    const std::string name = text.substr(begin, colon - begin);
    const int line = std::stoi(text.substr(colon + 1, end - colon - 1));
    if (name != previous) {
      ASSERT_EQ(lines_seen.count(name), 0u) << name << " is cut in two";
    }
    ASSERT_EQ(lines_seen[name]++, line);
    previous = name;
    begin = end + 1;
  }
  int total = 0;
  for (const auto& [name, lines] : lines_seen) total += lines;
  int expected = 0;
  for (int index = 0; index < kFiles; ++index) expected += index % 10 == 0 ? 40'000 : index;
  EXPECT_EQ(total, expected * kThreads);
}

TEST(OutputSink, AReaderThatGoesAwayClosesItInSilence) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  const base::OwnedFd writer(ends[1]);
  OutputSink sink(writer.get());
  OutputBuffer buffer(sink);
  buffer.append("text\n");
  buffer.flush();
  EXPECT_TRUE(sink.closed());
  EXPECT_FALSE(sink.error().has_value());
}

TEST(OutputSink, AFullDeviceIsAnError) {
  const base::OwnedFd full(::open("/dev/full", O_WRONLY));
  if (!full) GTEST_SKIP() << "no /dev/full";
  OutputSink sink(full.get());
  sink.write("text\n");
  EXPECT_TRUE(sink.closed());
  ASSERT_TRUE(sink.error().has_value());
  EXPECT_EQ(sink.error()->detail, ENOSPC);
}

TEST(OutputSink, WhatIsWrittenInTheMidstOfALongFileComesAfterIt) {
  const base::OwnedFd file(::memfd_create("output", 0));
  OutputSink sink(file.get());
  OutputBuffer buffer(sink);
  const std::string part(300'000, 'a');
  buffer.append(part);
  sink.write("an error\n");
  EXPECT_EQ(content_of(file.get()), part);
  buffer.append(part);
  buffer.end_file();
  EXPECT_EQ(content_of(file.get()), part + part + "an error\n");
  sink.write("the end\n");
  EXPECT_EQ(content_of(file.get()), part + part + "an error\nthe end\n");
}

TEST(OutputSink, ABufferThatEndsInTheMidstOfALongFileLetsOthersGoOn) {
  const base::OwnedFd file(::memfd_create("output", 0));
  OutputSink sink(file.get());
  {
    OutputBuffer buffer(sink);
    buffer.append(std::string(300'000, 'a'));
    buffer.append("rest");
  }
  OutputBuffer other(sink);
  other.append("other");
  other.flush();
  EXPECT_EQ(content_of(file.get()), std::string(300'000, 'a') + "restother");
}

TEST(OutputSink, SmallFilesShareAWrite) {
  const base::OwnedFd file(::memfd_create("output", 0));
  OutputSink sink(file.get());
  int writes = 0;
  sink.set_before_write([&] { ++writes; });
  {
    OutputBuffer buffer(sink);
    for (int i = 0; i < 1000; ++i) {
      buffer.append("a line of a small file\n");
      buffer.end_file();
    }
  }
  EXPECT_LT(writes, 20);
  EXPECT_EQ(content_of(file.get()).size(), 23'000u);
}

/// Knows at each moment what the output may be cut back to.
class Account final : public OutputLedger {
 public:
  explicit Account(int descriptor) : descriptor_(descriptor) {}

  void written(std::string_view text) override { length_ += text.size(); }
  Status vouch(const FinishedFiles& files) override {
    Status noted = vouch_silent(files);
    if (noted) vouched_ = length_;
    return noted;
  }
  Status take_back() override {
    length_ = vouched_;
    EXPECT_EQ(::ftruncate(descriptor_, static_cast<off_t>(length_)), 0);
    ::lseek(descriptor_, 0, SEEK_END);
    return {};
  }
  Status vouch_silent(const FinishedFiles& files) override {
    const std::lock_guard lock(mutex_);
    if (refuses_) return tl::unexpected(unavailable("no room", ""));
    for (const SourceMark& mark : files.marks) ++done_[mark.low];
    errors_ += files.totals.errors;
    return {};
  }
  void refuse() { refuses_ = true; }

  /// What is vouched for.
  [[nodiscard]] std::string text() const { return content_of(descriptor_).substr(0, vouched_); }
  [[nodiscard]] const std::map<std::uint64_t, int>& done() const { return done_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }

 private:
  int descriptor_;
  std::size_t length_ = 0;
  std::size_t vouched_ = 0;
  std::mutex mutex_;
  std::map<std::uint64_t, int> done_;
  std::uint64_t errors_ = 0;
  bool refuses_ = false;
};

TEST(OutputSink, ALedgerIsToldOfEachFileWhenItsTextIsWhole) {
  const base::OwnedFd file(::memfd_create("output", 0));
  Account account(file.get());
  OutputSink sink(-1);
  sink.redirect(file.get(), &account);
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      OutputBuffer buffer(sink);
      for (std::uint64_t index = 0; index < 300; ++index) {
        const std::uint64_t number = thread * 1000 + index;
        const std::size_t lines = index % 100 == 7 ? 20'000 : index % 3;
        for (std::size_t line = 0; line < lines; ++line) {
          buffer.append(std::to_string(number) + " of a file\n");
        }
        buffer.end_file({.high = 0, .low = number}, {.errors = 1});
        if (index % 100 == 0) sink.write("", {.marks = {{.high = 1, .low = 9'000}}, .totals = {}});
      }
      // Neither of these two is finished: one streams, the others wait in the buffer.
      for (int line = 0; line < (thread == 0 ? 40'000 : 10); ++line) buffer.append("unfinished\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = content_of(file.get());
  EXPECT_EQ(account.text().size(), text.size());
  EXPECT_EQ(text.find("unfinished"), std::string::npos);
  std::size_t lines = 0;
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    ++lines;
  }
  EXPECT_EQ(lines, 4u * (3 * 20'000 + 297));
  EXPECT_EQ(account.done().size(), 1201u);
  EXPECT_EQ(account.done().at(9'000), 12);
  for (const auto& [number, times] : account.done()) EXPECT_TRUE(times == 1 || number == 9'000);
  EXPECT_EQ(account.errors(), 1200u);
}

TEST(OutputSink, ALedgerThatFailsEndsTheOutput) {
  const base::OwnedFd file(::memfd_create("output", 0));
  Account account(file.get());
  OutputSink sink(-1);
  sink.redirect(file.get(), &account);
  {
    OutputBuffer buffer(sink);
    buffer.end_file({.high = 0, .low = 1});
    buffer.flush();
    account.refuse();
    buffer.append("text\n");
    buffer.end_file({.high = 0, .low = 2});
    buffer.flush();
    EXPECT_TRUE(sink.closed());
    buffer.append("more\n");
    buffer.end_file({.high = 0, .low = 3});
  }
  ASSERT_TRUE(sink.error().has_value());
  EXPECT_EQ(sink.error()->what, "no room");
  EXPECT_EQ(account.done().size(), 1u);
  EXPECT_EQ(account.text(), "");
}

}  // namespace
}  // namespace vyre::scan
