#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "vyre/error.hpp"

namespace vyre::scan {

/// Errors that do not stop the scan: each is shown as "vyre: PATH: MESSAGE" at once and counted.
/// Thread-safe.
class ErrorLog {
 public:
  /// Writes to `descriptor` (standard error), which stays the caller's.
  explicit ErrorLog(int descriptor) : descriptor_(descriptor) {}

  void report(const std::string& path, const Error& error);
  /// Shows "vyre: warning: TEXT"; not counted.
  void warn(std::string_view text);
  /// Shows lines as they are; not counted.
  void note(std::string_view text);
  [[nodiscard]] std::uint64_t count() const noexcept { return count_.load(); }

  /// Called before each write: to clear a progress line from the terminal.
  void set_before_write(std::function<void()> hook);

 private:
  void write(std::string_view text);

  const int descriptor_;
  std::mutex mutex_;
  std::atomic<std::uint64_t> count_{0};
  std::function<void()> before_write_;
};

}  // namespace vyre::scan
