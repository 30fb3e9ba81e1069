#include "cli/progress.hpp"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace vyre::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto kFirst = 1s;
constexpr auto kPeriod = 200ms;
constexpr const char* kEraseLine = "\r\033[K";

}  // namespace

Progress::Progress(int descriptor, std::function<std::string(double)> describe)
    : descriptor_(descriptor), describe_(std::move(describe)) {
  if (::isatty(descriptor_) == 1) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void Progress::erase() {
  const std::lock_guard lock(mutex_);
  erase_locked();
}

void Progress::erase_locked() {
  if (std::exchange(drawn_, false)) put(kEraseLine);
}

void Progress::run() {
  const auto start = std::chrono::steady_clock::now();
  auto next = start + kFirst;
  std::unique_lock lock(mutex_);
  while (!ended_.wait_until(lock, next, [this] { return end_; })) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    put(kEraseLine + describe_(elapsed.count()));
    drawn_ = true;
    next += kPeriod;
  }
  erase_locked();
}

// A terminal that is gone is no reason to fail.
void Progress::put(const std::string& text) const {
  [[maybe_unused]] const ssize_t written = ::write(descriptor_, text.data(), text.size());
}

}  // namespace vyre::cli
