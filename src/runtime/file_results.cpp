#include "vyre/file_results.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/joined_file.hpp"

namespace vyre {
namespace {

class FileCollector final : public ChunkConsumer {
 public:
  FileCollector(const Program& program, FileHandler handler, const FileResultsOptions& options)
      : handler_(std::move(handler)), options_(options), end_{runtime::ResultFold(program)} {}

  void on_chunk(const ChunkView& chunk) override;
  void on_program_fault(const StreamedFile&, const ProgramFault& fault) override {
    end_.fault = fault;
  }
  void on_read_error(const StreamedFile&, const Error& error) override {
    earlier_errors_.push_back(error);
  }
  void on_file_end(const StreamedFile& file, const Error* error) override;
  [[nodiscard]] bool joins_parts() const noexcept override { return true; }

 private:
  void keep_records(const ChunkView& chunk);
  void keep_output(const ChunkView& chunk);
  void tell(const StreamedFile& file);
  void begin();

  FileHandler handler_;
  FileResultsOptions options_;
  runtime::FileEnd end_;
  std::vector<FileRecord> records_;
  std::uint64_t record_count_ = 0;
  bool records_truncated_ = false;
  std::vector<char> output_;
  std::uint64_t output_bytes_ = 0;
  std::vector<Error> earlier_errors_;
};

void FileCollector::on_chunk(const ChunkView& chunk) {
  end_.bytes += chunk.own_end - chunk.own_begin;
  end_.fold.add(chunk.results);
  keep_records(chunk);
  keep_output(chunk);
}

void FileCollector::keep_records(const ChunkView& chunk) {
  record_count_ += chunk.record_count;
  const std::size_t room = options_.max_records - records_.size();
  const std::size_t kept = std::min(room, chunk.records.size());
  records_truncated_ |= kept < chunk.record_count;
  for (const Record& record : chunk.records.first(kept)) {
    records_.push_back({chunk.file_offset + record.offset, record.value});
  }
}

void FileCollector::keep_output(const ChunkView& chunk) {
  output_bytes_ += chunk.output.size();
  const std::size_t kept =
      std::min(options_.max_output_bytes - output_.size(), chunk.output.size());
  output_.insert(output_.end(), chunk.output.begin(),
                 chunk.output.begin() + static_cast<std::ptrdiff_t>(kept));
}

void FileCollector::on_file_end(const StreamedFile& file, const Error* error) {
  if (error != nullptr) end_.error = *error;
  if (runtime::join_parts(file, end_)) tell(file);
  begin();
}

void FileCollector::tell(const StreamedFile& file) {
  FileOutcome outcome{.path = file.path(), .bytes = end_.bytes};
  if (!end_.error) {
    outcome.results = end_.fold.finish(end_.bytes);
    outcome.records = records_;
    outcome.record_count = record_count_;
    outcome.records_truncated = records_truncated_;
    outcome.output = output_;
    outcome.output_bytes = output_bytes_;
    outcome.output_truncated = output_.size() < output_bytes_;
  } else {
    outcome.error = &*end_.error;
    outcome.earlier_errors = earlier_errors_;
    outcome.fault = end_.fault ? &*end_.fault : nullptr;
  }
  handler_(outcome);
}

void FileCollector::begin() {
  end_.begin();
  records_.clear();
  record_count_ = 0;
  records_truncated_ = false;
  output_.clear();
  output_bytes_ = 0;
  earlier_errors_.clear();
}

}  // namespace

std::unique_ptr<ChunkConsumer> collect_files(const Program& program, FileHandler handler,
                                             const FileResultsOptions& options) {
  return std::make_unique<FileCollector>(program, std::move(handler), options);
}

}  // namespace vyre
