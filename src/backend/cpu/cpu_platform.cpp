#include "backend/cpu/cpu_platform.hpp"

#include <unistd.h>

#include <algorithm>

#include "backend/cpu/automaton_plan.hpp"
#include "kernel/worker.hpp"

namespace vyre::backend {
namespace {

/// About 2 microseconds: less than a futex round trip, so that a busy ring never sleeps.
constexpr int kIdleSpins = 50;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Wakes the one who sleeps there, if he does; see WorkQueue::park.
void wake(kernel::WakeWord& word) {
  if (__atomic_fetch_add(&word.parked, 0, __ATOMIC_ACQ_REL) == 0) return;
  // Only one of several workers writes, and only once per park.
  if (__atomic_exchange_n(&word.parked, 0, __ATOMIC_ACQ_REL) == 0) return;
  const u64 one = 1;
  // A full counter (EAGAIN) is readable too, which is all that a sleeper needs.
  [[maybe_unused]] const auto written = ::write(word.event_fd, &one, sizeof one);
}

}  // namespace

void CpuPlatform::scan(kernel::HostGroup, const kernel::TableView& table,
                       const kernel::TileView& tile, kernel::RecordSink& sink, u32*) {
  static_cast<const AutomatonPlan*>(table.plan)->scan(tile, sink, walk_scratch_);
}

void CpuPlatform::sort(kernel::HostGroup, wire::Record* records, u32 count, u32*) {
  if (!std::is_sorted(records, records + count)) std::sort(records, records + count);
}

void CpuPlatform::completed(const kernel::QueueView& queue) {
  if (freshness_ != 0) --freshness_;
  wake(*queue.wake);
}

void CpuPlatform::io_published(const kernel::IoView& io) { wake(*io.wake); }

void CpuPlatform::idle(const kernel::Context& context) {
  freshness_ = 0;
  for (int spin = 0; spin < kIdleSpins; ++spin) {
    if (kernel::has_reason_to_wake(context)) return;
    relax();
  }
  doorbell_.wait([&] { return kernel::has_reason_to_wake(context); });
}

}  // namespace vyre::backend
