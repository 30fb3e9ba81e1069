#include "scan/report/output_sink.hpp"

#include <unistd.h>

#include <cerrno>

namespace vyre::scan {
namespace {

using namespace std::chrono_literals;

// Output of finished files is gathered up to here, so that a write costs less than what it carries.
constexpr std::size_t kGatherBytes = 64 * 1024;
// A file whose output passes this streams, holding the sink.
constexpr std::size_t kStreamBytes = 256 * 1024;
// While another file holds the sink, finished files gather up to here before they wait for it.
constexpr std::size_t kWaitBytes = 1024 * 1024;
// Results of a slow scan are shown at least this often.
constexpr auto kMaxDelay = 100ms;

}  // namespace

OutputSink::OutputSink(int descriptor)
    : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1) {}

std::optional<Error> OutputSink::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void OutputSink::set_before_write(std::function<void()> hook) {
  const std::lock_guard lock(mutex_);
  before_write_ = std::move(hook);
}

void OutputSink::write(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write_locked(text);
}

void OutputSink::write_locked(std::string_view text) {
  if (before_write_ && !text.empty()) before_write_();
  while (!text.empty() && !closed()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      if (errno != EPIPE) error_ = syscall_error("write output", errno);
      closed_.store(true, std::memory_order_relaxed);
    }
  }
}

void OutputBuffer::append(std::string_view text) {
  text_.append(text);
  if (text_.size() < kStreamBytes) return;
  if (!hold_) hold_ = std::unique_lock(sink_.mutex_);
  write_out();
}

void OutputBuffer::end_file() {
  if (text_.empty() && !hold_) return;
  if (hold_) {
    write_out();
    hold_.unlock();
    hold_.release();
    return;
  }
  const bool due =
      text_.size() >= kGatherBytes || sink_.terminal_ || Clock::now() - last_write_ >= kMaxDelay;
  if (!due) return;
  std::unique_lock lock(sink_.mutex_, std::defer_lock);
  if (text_.size() >= kWaitBytes) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return;
  }
  write_out();
}

void OutputBuffer::flush() {
  if (text_.empty()) return;
  const std::lock_guard lock(sink_.mutex_);
  write_out();
}

void OutputBuffer::write_out() {
  sink_.write_locked(text_);
  text_.clear();
  last_write_ = Clock::now();
}

}  // namespace vyre::scan
