#include "scan/report/error_log.hpp"

#include <unistd.h>

#include <utility>

namespace vyre::scan {

void ErrorLog::report(const std::string& path, const Error& error) {
  count_.fetch_add(1);
  std::string line = "vyre: ";
  if (!path.empty()) line.append(path).append(": ");
  line.append(error.message()).push_back('\n');
  write(line);
}

void ErrorLog::warn(std::string_view text) {
  write(std::string("vyre: warning: ").append(text).append("\n"));
}

void ErrorLog::note(std::string_view text) { write(text); }

void ErrorLog::write(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (before_write_) before_write_();
  // One write, so that lines of other processes do not cut it; a terminal that is gone is no
  // reason to fail.
  [[maybe_unused]] const ssize_t written = ::write(descriptor_, text.data(), text.size());
}

void ErrorLog::set_before_write(std::function<void()> hook) {
  const std::lock_guard lock(mutex_);
  before_write_ = std::move(hook);
}

}  // namespace vyre::scan
