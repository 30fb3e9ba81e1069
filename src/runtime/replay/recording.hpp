#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "runtime/replay/load_recorder.hpp"
#include "runtime/replay/log_file.hpp"
#include "runtime/replay/log_records.hpp"
#include "vyre/program.hpp"
#include "vyre/session.hpp"

namespace vyre::runtime::replay {

/// What the rings' recorders need of the stream under way.
struct RecordedStream {
  ContentHash program{};
  u32 carry_words = 0;
};

/// A session's replay log. One thread, but for what the rings' recorders use.
class Recording {
 public:
  /// Errors: those of LogFile::create.
  static Result<std::unique_ptr<Recording>> create(const RecordOptions& options,
                                                   const SessionRecord& session);

  // Each writes its record at once. Errors: those of LogFile::append.
  Status loaded(u32 tenant, u32 opcode, const VerifiedProgram& program);
  Status registered(u32 tenant, u32 handle, const std::string& path);
  Status wrote_window(u32 tenant, u32 first, std::span<const u32> words);
  Status begin_stream(u32 tenant, u32 opcode, u32 record_capacity, u64 output_capacity);
  /// `window`: the tenant's words from 0 on, as many as window_words() says; or none.
  Status end_stream(const Status& done, std::span<const u32> window);
  /// All of the session is in the log. Nothing is written after it.
  Status finish();
  [[nodiscard]] bool finished() const noexcept { return finished_; }

  /// Window words that the program of this opcode declares.
  [[nodiscard]] u32 window_words(u32 opcode) const { return programs_.at(opcode).window_words; }
  [[nodiscard]] LogFile& log() noexcept { return *log_; }
  /// To be told of each load. Thread-safe.
  [[nodiscard]] LoadRecorder& loads() noexcept { return loads_; }
  [[nodiscard]] const RecordedStream& stream() const noexcept { return stream_; }
  [[nodiscard]] bool with_inputs() const noexcept { return with_inputs_; }
  /// What the log says of a file that is there now. Cost: one stat(2). Thread-safe.
  [[nodiscard]] RecordedFile describe(const std::string& path) const;

 private:
  struct Loaded {
    RecordedStream stream;
    u32 window_words = 0;
  };
  Recording(std::unique_ptr<LogFile> log, bool with_inputs, std::string folder)
      : log_(std::move(log)), with_inputs_(with_inputs), folder_(std::move(folder)) {}
  template <class Record>
  Status write(const Record& record);

  std::unique_ptr<LogFile> log_;
  bool with_inputs_;
  bool finished_ = false;
  /// Where relative paths begin: ends with a slash.
  std::string folder_;
  LoadRecorder loads_;
  /// By opcode.
  std::map<u32, Loaded> programs_;
  RecordedStream stream_;
};

}  // namespace vyre::runtime::replay
