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
// Files without output that the ledger is told of together.
constexpr std::size_t kGatherFiles = 1024;

}  // namespace

OutputSink::OutputSink(int descriptor)
    : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1) {}

void OutputSink::redirect(int descriptor, OutputLedger* ledger) {
  descriptor_ = descriptor;
  terminal_ = ::isatty(descriptor) == 1;
  ledger_ = ledger;
}

std::optional<Error> OutputSink::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void OutputSink::set_before_write(std::function<void()> hook) {
  hold();
  before_write_ = std::move(hook);
  let_go();
}

void OutputSink::write(std::string_view text, const FinishedFiles& files) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.append(text);
    if (ledger_ != nullptr) waiting_files_.add_all(files);
  }
  if (try_hold()) let_go();
}

void OutputSink::write_end(std::string_view text) {
  hold();
  write_held(text);
  let_go();
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
    FinishedFiles files;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty() && waiting_files_.empty()) {
        held_ = false;
        break;
      }
      text = std::exchange(waiting_, {});
      files = std::exchange(waiting_files_, {});
    }
    write_held(text);
    vouch_held(files);
  }
  free_.notify_one();
}

void OutputSink::write_held(std::string_view text) {
  if (ledger_ != nullptr) text = ledger_->to_write(text);
  if (before_write_ && !text.empty()) before_write_();
  while (!text.empty() && !closed()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written >= 0) {
      const auto length = static_cast<std::size_t>(written);
      if (ledger_ != nullptr) ledger_->written(text.substr(0, length));
      text.remove_prefix(length);
    } else if (errno == EPIPE) {
      closed_.store(true, std::memory_order_relaxed);
    } else if (errno != EINTR) {
      close(syscall_error("write output", errno));
    }
  }
}

void OutputSink::close(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  closed_.store(true, std::memory_order_relaxed);
}

void OutputSink::begin_held(const StreamedFile& file) {
  if (ledger_ != nullptr) ledger_->begins(file);
}

// Once closed, a file's output may be missing: nothing is vouched for any more.
void OutputSink::vouch_held(FinishedFiles& files) {
  if (ledger_ == nullptr || files.empty()) return;
  if (!closed()) {
    if (auto vouched = ledger_->vouch(files); !vouched) close(std::move(vouched.error()));
  }
  files.clear();
}

void OutputSink::vouch_silent(FinishedFiles& files) {
  if (ledger_ == nullptr || files.empty()) return;
  if (!closed()) {
    if (auto vouched = ledger_->vouch_silent(files); !vouched) close(std::move(vouched.error()));
  }
  files.clear();
}

void OutputSink::take_back_held() {
  if (auto taken = ledger_->take_back(); !taken) close(std::move(taken.error()));
}

OutputBuffer::~OutputBuffer() {
  if (sink_.ledger_ != nullptr && sink_.ledger_->takes_back()) drop_unfinished();
  if (holding_) {
    write_out();
    sink_.let_go();
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

void OutputBuffer::end_file(const SourceMark& mark, const ScanTotals& totals) {
  if (sink_.ledger_ != nullptr) {
    finished_bytes_ = text_.size();
    finished_.add(mark, totals);
  }
  file_ = nullptr;
  if (holding_) {
    write_out();
    sink_.let_go();
    holding_ = false;
    return;
  }
  if ((text_.empty() && finished_.empty()) || !due()) return;
  if (text_.empty()) {
    sink_.vouch_silent(finished_);
    last_write_ = Clock::now();
    return;
  }
  if (text_.size() >= kWaitBytes) {
    sink_.hold();
  } else if (!sink_.try_hold()) {
    return;
  }
  write_out();
  sink_.let_go();
}

bool OutputBuffer::due() const {
  return text_.size() >= kGatherBytes || finished_.marks.size() >= kGatherFiles ||
         sink_.terminal_ || Clock::now() - last_write_ >= kMaxDelay;
}

void OutputBuffer::flush() {
  if (text_.empty()) {
    sink_.vouch_silent(finished_);
    return;
  }
  sink_.hold();
  write_out();
  sink_.let_go();
}

void OutputBuffer::write_out() {
  const std::string_view text(text_);
  sink_.write_held(text.substr(0, finished_bytes_));
  sink_.vouch_held(finished_);
  if (holding_ && file_ != nullptr) sink_.begin_held(*std::exchange(file_, nullptr));
  sink_.write_held(text.substr(finished_bytes_));
  text_.clear();
  finished_bytes_ = 0;
  last_write_ = Clock::now();
}

void OutputBuffer::drop_unfinished() {
  text_.resize(finished_bytes_);
  if (!std::exchange(holding_, false)) return;
  // What the buffer holds beside the unfinished file was written before it began to hold.
  sink_.take_back_held();
  sink_.let_go();
}

}  // namespace vyre::scan
