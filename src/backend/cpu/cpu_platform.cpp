#include "backend/cpu/cpu_platform.hpp"

#include <unistd.h>

#include <algorithm>

#include "backend/cpu/automaton_plan.hpp"
#include "kernel/claim.hpp"
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

bool has_reason_to_wake(const kernel::Context& context) {
  return kernel::stop_mode(context) != kernel::StopMode::kRun || kernel::any_claimable(context);
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
  if (__atomic_fetch_add(&queue.wake->parked, 0, __ATOMIC_ACQ_REL) == 0) return;
  // Only one of several workers writes, and only once per park.
  if (__atomic_exchange_n(&queue.wake->parked, 0, __ATOMIC_ACQ_REL) == 0) return;
  const u64 one = 1;
  // A full counter (EAGAIN) is readable too, which is all that a sleeper needs.
  [[maybe_unused]] const auto written = ::write(queue.wake->event_fd, &one, sizeof one);
}

void CpuPlatform::idle(const kernel::Context& context) {
  for (int spin = 0; spin < kIdleSpins; ++spin) {
    if (has_reason_to_wake(context)) return;
    relax();
  }
  doorbell_.wait([&] { return has_reason_to_wake(context); });
}

}  // namespace vyre::backend
