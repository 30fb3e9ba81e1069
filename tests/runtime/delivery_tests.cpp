#include <gtest/gtest.h>

#include <string>

#include "runtime/delivery.hpp"

namespace vyre::runtime {
namespace {

class NamedFile final : public StreamedFile {
 public:
  explicit NamedFile(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  Result<std::size_t> read_again(std::uint64_t, std::span<char>) const override {
    return tl::unexpected(unavailable("packed", "none"));
  }

 private:
  std::string path_;
};

/// Writes down what it is given.
class Transcript final : public ChunkConsumer {
 public:
  void on_chunk(const ChunkView& chunk) override {
    text += chunk.file.path() + "[" + std::string(chunk.bytes.data(), chunk.bytes.size()) + "]";
    for (const Record& record : chunk.records) {
      text += " " + std::to_string(record.offset) + ":" + std::to_string(record.value);
    }
    if (chunk.overflow) text += " overflow of " + std::to_string(chunk.record_count);
    for (const std::uint64_t result : chunk.results) text += " =" + std::to_string(result);
    if (!chunk.output.empty()) text += " >" + std::string(chunk.output.data(), chunk.output.size());
    text += "\n";
  }
  void on_file_end(const StreamedFile& file, const Error* error) override {
    text += file.path() + (error != nullptr ? " failed: " + error->what : " ended") + "\n";
  }
  void on_read_error(const StreamedFile& file, const Error& error) override {
    text += file.path() + " lacks: " + error.what + "\n";
  }
  void on_program_fault(const StreamedFile& file, const ProgramFault& fault) override {
    text += file.path() + " faulted at " + std::to_string(fault.instruction) + "\n";
  }
  std::string text;
};

class DeliveryTest : public testing::Test {
 protected:
  [[nodiscard]] std::span<const std::byte> slot() const {
    return std::as_bytes(std::span(content_));
  }
  static ingest::Extent extent(const NamedFile& file, u32 offset, u32 length) {
    return {.file = &file,
            .slot_offset = offset,
            .length = length,
            .own_begin = 0,
            .own_end = length,
            .first = true,
            .last = true};
  }

  std::string content_ = std::string("alpha\0beta\0gamma\0", 17);
  NamedFile a_{"a"};
  NamedFile b_{"b"};
  NamedFile c_{"c"};
  Transcript transcript_;
  RingStatistics statistics_;
  Delivery delivery_{transcript_, ingest::Placement::kPacked, statistics_};
  Delivery separate_{transcript_, ingest::Placement::kSeparate, statistics_};
};

TEST_F(DeliveryTest, GivesEachFileOfAPackedSlotItsOwnRecords) {
  const ingest::Extent extents[] = {extent(a_, 0, 5), extent(b_, 6, 4), extent(c_, 11, 5)};
  const wire::Record records[] = {{0, 7}, {4, 1}, {5, 9}, {6, 2}, {9, 2}, {9, 3}, {16, 4}};
  delivery_.deliver(slot(), extents, {.executed = true, .records = records});
  EXPECT_EQ(transcript_.text,
            "a[alpha] 0:7 4:1\na ended\n"
            "b[beta] 0:2 3:2 3:3\nb ended\n"
            "c[gamma]\nc ended\n");
  EXPECT_EQ(statistics_.files, 3U);
  EXPECT_EQ(statistics_.failed_files, 0U);
}

TEST_F(DeliveryTest, KeepsRecordsOfTheHaloFromAChunk) {
  ingest::Extent chunk = extent(a_, 0, 10);
  chunk.own_begin = 2;
  chunk.own_end = 6;
  chunk.last = false;
  const wire::Record records[] = {{1, 0}, {2, 0}, {5, 0}, {6, 0}};
  delivery_.deliver(slot(), std::span(&chunk, 1), {.executed = true, .records = records});
  EXPECT_EQ(transcript_.text, std::string("a[alpha\0beta] 2:0 5:0\n", 22));
}

TEST_F(DeliveryTest, EndsEmptyAndUnreadableFilesOnce) {
  const Error error = syscall_error("open", 13);
  ingest::Extent failed = extent(b_, 0, 0);
  failed.error = &error;
  const ingest::Extent extents[] = {extent(a_, 0, 0), failed};
  delivery_.deliver(slot(), extents, {});
  EXPECT_EQ(transcript_.text, "a ended\nb failed: open: Permission denied\n");
  EXPECT_EQ(statistics_.failed_files, 1U);
}

TEST_F(DeliveryTest, TellsEveryErrorOfASource) {
  const Error errors[] = {unavailable("LBA 1", {}), unavailable("LBA 5", {}),
                          unavailable("LBA 9", {})};
  ingest::Extent chunk = extent(a_, 0, 5);
  chunk.error = &errors[2];
  chunk.earlier_errors = std::span(errors).first(2);
  delivery_.deliver(slot(), std::span(&chunk, 1), {.executed = true});
  EXPECT_EQ(transcript_.text, "a[alpha]\na lacks: LBA 1\na lacks: LBA 5\na failed: LBA 9\n");
  EXPECT_EQ(statistics_.failed_files, 1U);
}

TEST_F(DeliveryTest, EndsASourceThatWasRefusedBetweenFiles) {
  delivery_.refuse({.path = "first"}, unavailable("no", {}));
  EXPECT_EQ(transcript_.text, "first failed: no\n");
  ingest::Extent chunk = extent(a_, 0, 5);
  chunk.last = false;
  delivery_.deliver(slot(), std::span(&chunk, 1), {.executed = true});
  delivery_.refuse({.path = "second"}, unavailable("no", {}));
  delivery_.refuse({.path = "third"}, unavailable("never", {}));
  chunk.first = false;
  chunk.last = true;
  delivery_.deliver(slot(), std::span(&chunk, 1), {.executed = true});
  EXPECT_EQ(transcript_.text,
            "first failed: no\na[alpha]\na[alpha]\na ended\nsecond failed: no\nthird failed: "
            "never\n");
  EXPECT_EQ(statistics_.files, 4U);
  EXPECT_EQ(statistics_.failed_files, 3U);
}

TEST_F(DeliveryTest, EndsAFileWithTheFaultOfAnyOfItsChunks) {
  const RunFault fault{{ErrorCode::kDeviceFault, 9, "fault", {}}, {}};
  ingest::Extent chunk = extent(a_, 0, 5);
  chunk.last = false;
  delivery_.deliver(slot(), std::span(&chunk, 1), {.executed = true, .fault = &fault});
  chunk.first = false;
  chunk.last = true;
  delivery_.deliver(slot(), std::span(&chunk, 1), {.executed = true});
  const ingest::Extent next = extent(b_, 6, 4);
  delivery_.deliver(slot(), std::span(&next, 1), {.executed = true});
  EXPECT_EQ(transcript_.text, "a failed: fault\nb[beta]\nb ended\n");
}

TEST_F(DeliveryTest, GivesTheSlotsOutcomeToTheFileThatHasItAlone) {
  const u64 results[] = {3, 4};
  const std::string output = "out";
  SlotOutcome outcome{.executed = true, .results = results};
  outcome.output = std::as_bytes(std::span(output));
  const ingest::Extent whole = extent(a_, 0, 5);
  separate_.deliver(slot(), std::span(&whole, 1), outcome);
  const ingest::Extent empty = extent(b_, 0, 0);
  separate_.deliver(slot(), std::span(&empty, 1), outcome);
  delivery_.deliver(slot(), std::span(&whole, 1), outcome);
  EXPECT_EQ(transcript_.text,
            "a[alpha] =3 =4 >out\na ended\n"
            "b[] =3 =4 >out\nb ended\n"
            "a[alpha]\na ended\n");
}

TEST_F(DeliveryTest, SaysHowManyRecordsOverflowed) {
  const ingest::Extent whole = extent(a_, 0, 5);
  separate_.deliver(slot(), std::span(&whole, 1),
                    {.executed = true, .overflow = true, .record_count = 99});
  EXPECT_EQ(transcript_.text, "a[alpha] overflow of 99\na ended\n");
}

TEST_F(DeliveryTest, TellsAProgramsFaultOnceAndOfTheFirstChunkThatHasOne) {
  const RunFault first{{ErrorCode::kDeviceFault, 8, "first", {}}, ProgramFault{.instruction = 5}};
  const RunFault second{{ErrorCode::kDeviceFault, 8, "second", {}}, ProgramFault{.instruction = 6}};
  ingest::Extent chunk = extent(a_, 0, 5);
  chunk.last = false;
  separate_.deliver(slot(), std::span(&chunk, 1), {.executed = true, .fault = &first});
  chunk.first = false;
  separate_.deliver(slot(), std::span(&chunk, 1), {.executed = true, .fault = &second});
  chunk.last = true;
  separate_.deliver(slot(), std::span(&chunk, 1), {});
  EXPECT_EQ(transcript_.text, "a faulted at 5\na failed: first\n");
  EXPECT_EQ(statistics_.failed_files, 1U);
}

}  // namespace
}  // namespace vyre::runtime
