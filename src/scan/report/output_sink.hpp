#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "vyre/error.hpp"

namespace vyre::scan {

/// Where the output of all rings meets. Thread-safe; outlives its OutputBuffers.
class OutputSink {
 public:
  /// Writes to `descriptor`, which stays the caller's. SIGPIPE must be ignored.
  explicit OutputSink(int descriptor);

  /// True once a write failed: nothing more is written, and the scan may end early.
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }
  /// Why a write failed; nothing where the reader only went away (EPIPE).
  [[nodiscard]] std::optional<Error> error() const;

  /// Called, with the sink held, before each write: to clear a progress line from the terminal.
  void set_before_write(std::function<void()> hook);

  /// Writes `text` whole, between files.
  void write(std::string_view text);

 private:
  friend class OutputBuffer;
  void write_locked(std::string_view text);

  const int descriptor_;
  const bool terminal_;
  mutable std::mutex mutex_;
  std::atomic<bool> closed_{false};
  std::optional<Error> error_;
  std::function<void()> before_write_;
};

/// One thread's way into the sink. The output of a file stays together: small files are gathered
/// into few writes; a file whose output outgrows the buffer holds the sink until its end, so that
/// memory does not grow with it.
class OutputBuffer {
 public:
  explicit OutputBuffer(OutputSink& sink) : sink_(sink) {}
  ~OutputBuffer() { flush(); }
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  /// Part of the current file's output. May wait for another file that holds the sink.
  void append(std::string_view text);
  /// The current file's output is complete.
  void end_file();
  /// Writes what is gathered; only between files.
  void flush();

 private:
  using Clock = std::chrono::steady_clock;
  void write_out();

  OutputSink& sink_;
  std::string text_;
  /// Owned while a long file streams.
  std::unique_lock<std::mutex> hold_;
  Clock::time_point last_write_ = Clock::now();
};

}  // namespace vyre::scan
