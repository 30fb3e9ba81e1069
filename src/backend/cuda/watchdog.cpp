#include "backend/cuda/watchdog.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <cstring>
#include <system_error>
#include <utility>

#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/current_device.hpp"
#include "base/check.hpp"
#include "base/clock.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBetweenLooks{5};
constexpr std::size_t kMostSlotsNamed = 4;
constexpr const char* kHangFix =
    "end the process: the device may still write to its memory; report the program if it happens "
    "again";

device::WorkerJournal read(const device::WorkerJournal& journal) {
  return {wire::load_acquire(&journal.queue), wire::load_acquire(&journal.position),
          wire::load_acquire(&journal.tile), wire::load_acquire(&journal.beat)};
}

bool busy(const device::WorkerJournal& journal) {
  return journal.beat != 0 && journal.queue != kernel::kNoQueue;
}

std::string place(const device::WorkerJournal& journal) {
  return fmt::format("position {} of queue {}, priority {} (tile {})", journal.position,
                     kernel::queue_of(journal.queue), kernel::band_of(journal.queue), journal.tile);
}

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

Error hang(std::string what) {
  return Error{ErrorCode::kDeviceFault, 0, std::move(what), kHangFix};
}

}  // namespace

void look_at_clock(const device::DispatcherJournal& journal, DeviceClock& clock) {
  const u64 device = __atomic_load_n(&journal.nanoseconds, __ATOMIC_RELAXED);
  clock.saw(device, base::steady_nanoseconds());
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    watching_ = false;
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status Watchdog::start(const Options& options) {
  {
    const std::lock_guard lock(mutex_);
    VYRE_CHECK(!watching_ && !looking_);
    options_ = options;
    const Clock::time_point now = Clock::now();
    seen_.assign(options.workers.size(), Seen{.journal = {}, .since = now});
    dispatcher_beat_ = 0;
    dispatcher_since_ = now;
    watching_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) return {};
  try {
    thread_ = std::thread(&Watchdog::watch, this, options.device);
  } catch (const std::system_error& error) {
    stop();
    return tl::unexpected(syscall_error("start of the watchdog's thread", error.code().value(),
                                        "raise the thread limit"));
  }
  return {};
}

void Watchdog::stop() {
  std::unique_lock lock(mutex_);
  watching_ = false;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !looking_; });
}

std::optional<Error> Watchdog::fault() const {
  if (!broken_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return fault_;
}

void Watchdog::report(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (fault_) return;
    fault_ = std::move(error);
  }
  // Before anybody can know: what he then releases is kept.
  if (options_.on_fault) options_.on_fault();
  broken_.store(true, std::memory_order_release);
}

void Watchdog::watch(int device) {
  const CurrentDevice current(device);
  std::unique_lock lock(mutex_);
  while (!ends_) {
    changed_.wait(lock, [this] { return ends_ || watching_; });
    while (watching_ && !fault_) look_on(lock);
    if (fault_) return;
  }
}

// `lock` is held, but not while it looks.
void Watchdog::look_on(std::unique_lock<std::mutex>& lock) {
  looking_ = true;
  lock.unlock();
  std::optional<Error> found = look();
  if (found) report(std::move(*found));
  lock.lock();
  looking_ = false;
  changed_.notify_all();
  changed_.wait_for(lock, kBetweenLooks, [this] { return !watching_; });
}

std::optional<Error> Watchdog::look() {
  look_at_clock(*options_.dispatcher, *options_.clock);
  if (auto error = look_at_streams()) return error;
  if (auto error = look_at_workers()) return error;
  return look_at_dispatcher();
}

std::optional<Error> Watchdog::look_at_streams() const {
  for (void* stream : {options_.dispatcher_stream, options_.worker_stream}) {
    const cudaError_t state = cudaStreamQuery(static_cast<cudaStream_t>(stream));
    if (state == cudaSuccess || state == cudaErrorNotReady) continue;
    Error error =
        cuda_error(state, fmt::format("the persistent kernel broke; {}", slots_under_way()));
    // Whatever CUDA calls it: the kernel is gone.
    error.code = ErrorCode::kDeviceFault;
    return error;
  }
  return std::nullopt;
}

std::optional<Error> Watchdog::look_at_workers() {
  const Clock::time_point now = Clock::now();
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const device::WorkerJournal journal = read(options_.workers[i]);
    if (!busy(journal) || std::memcmp(&journal, &seen_[i].journal, sizeof journal) != 0) {
      seen_[i] = {journal, now};
    } else if (now - seen_[i].since > options_.hang_after) {
      return hang(fmt::format("worker {} of {} has been at {} for {:.1f} s", i, seen_.size(),
                              place(journal), seconds(now - seen_[i].since)));
    }
  }
  return std::nullopt;
}

std::optional<Error> Watchdog::look_at_dispatcher() {
  const Clock::time_point now = Clock::now();
  const u32 beat = wire::load_acquire(&options_.dispatcher->beat);
  const bool ended =
      cudaStreamQuery(static_cast<cudaStream_t>(options_.dispatcher_stream)) == cudaSuccess;
  // Until it begins, whoever has started it waits for it.
  if (beat != dispatcher_beat_ || beat == 0 || ended) {
    dispatcher_beat_ = beat;
    dispatcher_since_ = now;
  } else if (now - dispatcher_since_ > options_.hang_after) {
    return hang(fmt::format("the device's dispatcher has done nothing for {:.1f} s; {}",
                            seconds(now - dispatcher_since_), slots_under_way()));
  }
  return std::nullopt;
}

std::string Watchdog::slots_under_way() const {
  std::string text;
  std::size_t count = 0;
  for (const device::WorkerJournal& journal : options_.workers) {
    const device::WorkerJournal copy = read(journal);
    if (!busy(copy)) continue;
    if (count++ < kMostSlotsNamed) text += (text.empty() ? "" : ", ") + place(copy);
  }
  if (count == 0) return "no worker was at a slot";
  const std::string more =
      count > kMostSlotsNamed ? fmt::format(" and {} more", count - kMostSlotsNamed) : "";
  return fmt::format("workers were at {}{}", text, more);
}

}  // namespace vyre::backend
