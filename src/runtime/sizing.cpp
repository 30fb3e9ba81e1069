#include "runtime/sizing.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <thread>

namespace vyre::runtime {
namespace {

constexpr std::uint64_t kLeastDefaultSlots = 6;
// What the kernel locks for a ring's own queues, measured on Linux 6.18 and rounded up.
constexpr std::uint64_t kRingOverhead = 64u << 10;
// For devices: 32 commands of 128 KiB on the way while as many more are at the workers.
constexpr std::uint64_t kDeviceRingBytes = 2 * 32 * (std::uint64_t{128} << 10);
constexpr std::uint32_t kMinimumSlots = 2;
constexpr std::uint32_t kMaximumSlots = 64;
// More rings than this never paid: the page cache's copy saturates memory before.
constexpr std::uint32_t kDefaultRingsMaximum = 16;

struct Range {
  std::string_view name;
  std::uint64_t value;
  std::uint64_t minimum;
  std::uint64_t maximum;
  bool zero_is_default;
};

Status check_range(const Range& range) {
  if (range.zero_is_default && range.value == 0) return {};
  if (range.value >= range.minimum && range.value <= range.maximum) return {};
  return tl::unexpected(
      invalid_argument(fmt::format("{} is {}", range.name, range.value),
                       fmt::format("give {} to {}", range.minimum, range.maximum)));
}

Status check_options(const SessionOptions& options) {
  const Range ranges[] = {
      {"rings", options.rings, 1, 256, true},
      {"workers", options.workers, 1, 1024, true},
      {"slots_per_ring", options.slots_per_ring, kMinimumSlots, kMaximumSlots, true},
      {"slot_bytes", options.slot_bytes, 32u << 10, 64u << 20, false},
      {"records_per_slot", options.records_per_slot, 1, 1u << 20, false},
      {"window_words", options.window_words, 1, 1u << 20, false},
  };
  for (const Range& range : ranges) {
    if (auto status = check_range(range); !status) return status;
  }
  if (options.slot_bytes % 4096 != 0) {
    return tl::unexpected(invalid_argument(fmt::format("slot_bytes is {}", options.slot_bytes),
                                           "give a multiple of 4096"));
  }
  return {};
}

std::uint32_t default_rings(const SessionOptions& options, const MachineLimits& limits) {
  const std::uint32_t rings = std::min(limits.cores, kDefaultRingsMaximum);
  return options.most_rings != 0 ? std::min(rings, options.most_rings) : rings;
}

}  // namespace

MachineLimits machine_limits() {
  MachineLimits limits{std::max(1u, std::thread::hardware_concurrency()),
                       std::numeric_limits<std::uint64_t>::max()};
  rlimit locked{};
  // The superuser's locked memory is not counted (CAP_IPC_LOCK).
  if (geteuid() != 0 && getrlimit(RLIMIT_MEMLOCK, &locked) == 0 &&
      locked.rlim_cur != RLIM_INFINITY) {
    limits.slot_memory = locked.rlim_cur;
  }
  return limits;
}

Result<Sizing> resolve_sizing(const SessionOptions& options, const MachineLimits& limits) {
  if (auto status = check_options(options); !status) return tl::unexpected(status.error());
  Sizing sizing{};
  sizing.slot_bytes = options.slot_bytes;
  sizing.records_per_slot = options.records_per_slot;
  sizing.window_words = options.window_words;
  sizing.workers = options.workers != 0 ? options.workers : std::min(limits.cores, 1024u);
  sizing.rings = options.rings != 0 ? options.rings : default_rings(options, limits);
  if (options.slots_per_ring != 0) {
    sizing.slots_per_ring = options.slots_per_ring;
  } else {
    const std::uint64_t share = limits.slot_memory / sizing.rings;
    const std::uint64_t affordable =
        share < kRingOverhead ? 0 : (share - kRingOverhead) / sizing.slot_bytes;
    const std::uint64_t ring_bytes =
        options.devices ? std::max(options.ring_bytes, kDeviceRingBytes) : options.ring_bytes;
    const std::uint64_t wanted = std::clamp<std::uint64_t>(ring_bytes / sizing.slot_bytes,
                                                           kLeastDefaultSlots, kMaximumSlots);
    sizing.slots_per_ring =
        static_cast<std::uint32_t>(std::clamp<std::uint64_t>(affordable, kMinimumSlots, wanted));
  }
  if (options.rings == 0) {
    const std::uint64_t ring_bytes =
        std::uint64_t{sizing.slots_per_ring} * sizing.slot_bytes + kRingOverhead;
    sizing.rings = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(limits.slot_memory / ring_bytes, 1, sizing.rings));
  }
  return sizing;
}

}  // namespace vyre::runtime
