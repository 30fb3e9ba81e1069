#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "scan/report/output_ledger.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// Where the output of all rings meets. Thread-safe; outlives its OutputBuffers.
class OutputSink {
 public:
  /// Writes to `descriptor`, which stays the caller's. SIGPIPE must be ignored.
  explicit OutputSink(int descriptor);
  /// Writes to another descriptor from now on, and tells `ledger` what it holds; `ledger` may be
  /// null and outlives the sink's use. Before anything is written.
  void redirect(int descriptor, OutputLedger* ledger);

  /// True once a write failed: nothing more is written, and the scan may end early.
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }
  /// Why a write failed; nothing where the reader only went away (EPIPE).
  [[nodiscard]] std::optional<Error> error() const;

  /// Called, with the sink held, before each write: to clear a progress line from the terminal.
  void set_before_write(std::function<void()> hook);

  /// Writes `text` whole, between files: at once, or when the file that holds the sink ends. Does
  /// not wait for it: the caller may be in the midst of that very file. `files` are what the ledger
  /// is told that it belongs to.
  void write(std::string_view text, const FinishedFiles& files = {});
  /// Writes what comes after all files. The ledger is not told that it is whole: the caller does.
  void write_end(std::string_view text);

 private:
  friend class OutputBuffer;
  void hold();
  [[nodiscard]] bool try_hold();
  /// Writes what came meanwhile, then lets go.
  void let_go();
  // Only by who holds the sink.
  void write_held(std::string_view text);
  void begin_held(const StreamedFile& file);
  void vouch_held(FinishedFiles& files);
  void take_back_held();

  void vouch_silent(FinishedFiles& files);
  void close(Error error);

  int descriptor_;
  bool terminal_;
  OutputLedger* ledger_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable free_;
  bool held_ = false;
  /// To be written when the sink is let go.
  std::string waiting_;
  FinishedFiles waiting_files_;
  std::atomic<bool> closed_{false};
  std::optional<Error> error_;
  /// Belongs to who holds the sink.
  std::function<void()> before_write_;
};

/// One thread's way into the sink. The output of a file stays together: small files are gathered
/// into few writes; a file whose output outgrows the buffer holds the sink until its end, so that
/// memory does not grow with it.
class OutputBuffer {
 public:
  explicit OutputBuffer(OutputSink& sink) : sink_(sink) {}
  /// Writes what is gathered: of an unfinished file too, but where a ledger takes it back.
  ~OutputBuffer();
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  /// What is appended up to end_file() is of `file`, which is valid until then. A file without
  /// chunks need not begin.
  void begin_file(const StreamedFile& file) { file_ = &file; }
  /// Part of the current file's output. May wait for another file that holds the sink.
  void append(std::string_view text);
  /// The current file's output is complete; `mark` and `totals` are for the ledger.
  void end_file(const SourceMark& mark = {}, const ScanTotals& totals = {});
  /// Writes what is gathered; only between files.
  void flush();

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] bool due() const;
  void write_out();
  void drop_unfinished();

  OutputSink& sink_;
  std::string text_;
  /// Bytes of `text_` that belong to finished files, and those files; only where a ledger is kept.
  std::size_t finished_bytes_ = 0;
  FinishedFiles finished_;
  /// The current file, until it streams.
  const StreamedFile* file_ = nullptr;
  /// A long file streams.
  bool holding_ = false;
  Clock::time_point last_write_ = Clock::now();
};

}  // namespace vyre::scan
