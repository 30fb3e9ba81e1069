#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/backend/machine_test.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "tests/runtime/list_feed.hpp"
#include "vyre/file_results.hpp"
#include "vyre/program_text.hpp"
#include "vyre/session.hpp"

namespace vyre::test {

/// A FileOutcome that outlives its handler.
struct FileAnswer {
  std::uint64_t bytes = 0;
  std::vector<std::uint64_t> results;
  std::vector<FileRecord> records;
  std::uint64_t record_count = 0;
  bool records_truncated = false;
  std::string output;
  std::uint64_t output_bytes = 0;
  std::optional<Error> error;
  std::optional<ProgramFault> fault;
};
using FileAnswers = std::map<std::string, FileAnswer>;

/// The text assembled and verified; throws where it is wrong.
inline VerifiedProgram program_of(std::string_view text) {
  auto program = assemble(text);
  if (!program) throw std::runtime_error(program.error().message());
  auto verified = verify(std::move(*program));
  if (!verified) throw std::runtime_error(verified.error().message());
  return std::move(*verified);
}

/// On the machine under test, whatever the options say of that; throws where it cannot be.
inline Session open_session(SessionOptions options) {
  options.backend = backend::test_backend();
  auto session = Session::open(options);
  if (!session) throw std::runtime_error(session.error().message());
  return std::move(*session);
}

/// A factory that gathers every file's outcome into `answers`; each file once.
class Gather {
 public:
  explicit Gather(const Program& program, FileResultsOptions options = {})
      : program_(program), options_(options) {}
  ConsumerFactory factory() {
    return [this](std::uint32_t) {
      return collect_files(
          program_, [this](const FileOutcome& file) { take(file); }, options_);
    };
  }
  FileAnswers answers;
  /// In the order in which they ended.
  std::vector<std::string> order;

 private:
  void take(const FileOutcome& file) {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(answers.contains(file.path)) << file.path;
    FileAnswer& answer = answers[file.path];
    answer.bytes = file.bytes;
    answer.results.assign(file.results.begin(), file.results.end());
    answer.records.assign(file.records.begin(), file.records.end());
    answer.record_count = file.record_count;
    answer.records_truncated = file.records_truncated;
    answer.output.assign(file.output.begin(), file.output.end());
    answer.output_bytes = file.output_bytes;
    if (file.error != nullptr) answer.error = *file.error;
    if (file.fault != nullptr) answer.fault = *file.fault;
    order.push_back(file.path);
  }

  const Program& program_;
  FileResultsOptions options_;
  std::mutex mutex_;
};

/// Runs a program over separate files and returns what became of each.
inline FileAnswers run_program(Session& session, const VerifiedProgram& program,
                               const std::vector<FileSource>& files,
                               std::uint64_t part_bytes = StreamOptions().part_bytes) {
  const auto loaded = session.load(program);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().message();
  if (!loaded) return {};
  ListFeed feed(files);
  Gather gather(program.program());
  const Status status =
      session.stream(feed, *loaded, gather.factory(),
                     {.placement = FilePlacement::kSeparate, .part_bytes = part_bytes});
  EXPECT_TRUE(status.has_value()) << status.error().message();
  return std::move(gather.answers);
}

}  // namespace vyre::test
