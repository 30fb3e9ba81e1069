#include "scan/report/output_sink.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

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
  hold();
  before_write_ = std::move(hook);
  let_go();
}

void OutputSink::write(std::string_view text) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.append(text);
  }
  if (try_hold()) let_go();
}

void OutputSink::hold() {
  std::unique_lock lock(mutex_);
  free_.wait(lock, [this] { return !held_; });
  held_ = true;
}

bool OutputSink::try_hold() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(held_, true);
}

void OutputSink::let_go() {
  while (true) {
    std::string text;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        held_ = false;
        break;
      }
      text = std::exchange(waiting_, {});
    }
    write_held(text);
  }
  free_.notify_one();
}

void OutputSink::write_held(std::string_view text) {
  if (before_write_ && !text.empty()) before_write_();
  while (!text.empty() && !closed()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      const int error_number = errno;
      const std::lock_guard lock(mutex_);
      if (error_number != EPIPE) error_ = syscall_error("write output", error_number);
      closed_.store(true, std::memory_order_relaxed);
    }
  }
}

OutputBuffer::~OutputBuffer() {
  if (holding_) {
    end_file();
  } else {
    flush();
  }
}

void OutputBuffer::append(std::string_view text) {
  text_.append(text);
  if (text_.size() < kStreamBytes) return;
  if (!std::exchange(holding_, true)) sink_.hold();
  write_out();
}

void OutputBuffer::end_file() {
  if (holding_) {
    write_out();
    sink_.let_go();
    holding_ = false;
    return;
  }
  if (text_.empty()) return;
  const bool due =
      text_.size() >= kGatherBytes || sink_.terminal_ || Clock::now() - last_write_ >= kMaxDelay;
  if (!due) return;
  if (text_.size() >= kWaitBytes) {
    sink_.hold();
  } else if (!sink_.try_hold()) {
    return;
  }
  write_out();
  sink_.let_go();
}

void OutputBuffer::flush() {
  if (text_.empty()) return;
  sink_.hold();
  write_out();
  sink_.let_go();
}

void OutputBuffer::write_out() {
  sink_.write_held(text_);
  text_.clear();
  last_write_ = Clock::now();
}

}  // namespace vyre::scan
