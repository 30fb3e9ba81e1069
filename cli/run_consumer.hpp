#pragma once

#include <string>

#include "cli/run_format.hpp"
#include "cli/run_program.hpp"
#include "cli/run_totals.hpp"
#include "runtime/joined_file.hpp"
#include "scan/report/error_log.hpp"
#include "scan/report/output_sink.hpp"
#include "vyre/chunk.hpp"

namespace vyre::cli {

enum class RunOutput { kText, kJson, kRaw };

/// What all consumers of a run share; outlives them.
struct RunJob {
  const RunProgram& program;
  const ResultFormat& format;
  RunOutput output = RunOutput::kText;
  bool print_records = true;
  scan::OutputSink& sink;
  scan::ErrorLog& errors;
  RunTotals& totals;

  /// Shows the error, and in JSON prints it too.
  void report(const std::string& path, const Error& error) const;
};

/// Prints one ring's files. A file's lines stay together; of its records and output at most some
/// hundred KiB are held, so a file that fails late may have printed some. One thread.
class RunConsumer final : public ChunkConsumer {
 public:
  explicit RunConsumer(const RunJob& job)
      : job_(job), buffer_(job.sink), end_{runtime::ResultFold(job.program.program())} {}
  /// Ends the JSON object of a file that the stream left in the midst.
  ~RunConsumer() override;

  void on_chunk(const ChunkView& chunk) override;
  void on_program_fault(const StreamedFile& file, const ProgramFault& fault) override;
  void on_read_error(const StreamedFile& file, const Error& error) override;
  void on_file_end(const StreamedFile& file, const Error* error) override;
  [[nodiscard]] bool joins_parts() const noexcept override { return true; }

 private:
  void append_part(const ChunkView& chunk);
  void append_json_part(const ChunkView& chunk);
  void open_object(const std::string& path);
  void end_whole(const StreamedFile& file);
  void end_text(const std::string& path);
  void end_json(const std::string& path);
  void end_streamed();
  void end_failed(const StreamedFile& file);
  void end(const StreamedFile& file);
  void begin();

  const RunJob& job_;
  scan::OutputBuffer buffer_;
  runtime::FileEnd end_;
  /// Of the file under way, not yet in `buffer_`.
  std::string text_;
  /// Some of the file is in `buffer_` already.
  bool streamed_ = false;
  /// The file's JSON object has begun.
  bool open_ = false;
  std::uint64_t records_ = 0;
  std::uint64_t printed_records_ = 0;
  std::uint64_t output_bytes_ = 0;
};

}  // namespace vyre::cli
