#include "doctor/limits.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <fstream>
#include <limits>
#include <string>

#include "runtime/sizing.hpp"
#include "vyre/session.hpp"

namespace vyre::doctor {
namespace {

/// Standard streams, rings, wake-ups and directories under way, and a big file per ring.
constexpr u64 kDescriptorsPerRing = 8;
constexpr u64 kDescriptorsBeside = 32;
constexpr u32 kCapIpcLock = 14;

std::optional<u64> soft_limit(int resource) noexcept {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return limit.rlim_cur;
}

bool has_effective_capability(u32 capability) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (!line.starts_with("CapEff:")) continue;
    const std::size_t begin = line.find_first_of("0123456789abcdef", 7);
    if (begin == std::string::npos) return false;
    u64 mask = 0;
    std::from_chars(line.data() + begin, line.data() + line.size(), mask, 16);
    return ((mask >> capability) & 1) != 0;
  }
  return false;
}

u64 locked_bytes(const runtime::Sizing& sizing) {
  return u64{sizing.rings} * sizing.slots_per_ring * sizing.slot_bytes;
}

runtime::Sizing default_sizing(u32 cores, u64 lockable_bytes) {
  // The default options are within their ranges, so this never fails.
  return *runtime::resolve_sizing(SessionOptions{}, {cores, lockable_bytes});
}

}  // namespace

Memlock observe_memlock() {
  return Memlock{soft_limit(RLIMIT_MEMLOCK), has_effective_capability(kCapIpcLock)};
}

Row memlock_row(const Memlock& memlock, u32 cores) {
  Row row{.name = "memlock", .required = true, .evidence = {}, .consequence = {}, .fix = {}};
  if (!memlock.limit) {
    row.evidence = "locked memory is not limited";
    return row;
  }
  const u64 limit = *memlock.limit;
  if (memlock.exempt) {
    row.evidence =
        fmt::format("limit of {} KiB, not applied: this process has CAP_IPC_LOCK", limit / 1024);
    return row;
  }
  const runtime::Sizing wanted = default_sizing(cores, std::numeric_limits<u64>::max());
  const runtime::Sizing allowed = default_sizing(cores, limit);
  const u64 wanted_kib = locked_bytes(wanted) / 1024;
  row.evidence =
      fmt::format("limit of {} KiB; {} rings of {} slots of {} KiB lock {} KiB", limit / 1024,
                  wanted.rings, wanted.slots_per_ring, wanted.slot_bytes / 1024, wanted_kib);
  if (limit >= locked_bytes(wanted)) return row;
  row.fix = fmt::format(
      "raise it to {} KiB: `ulimit -l`, LimitMEMLOCK= of a unit, or /etc/security/limits.conf",
      wanted_kib);
  if (limit >= locked_bytes(allowed)) {
    row.state = State::kDegraded;
    row.consequence = fmt::format("only {} rings of {} slots: fewer reads are under way at a time",
                                  allowed.rings, allowed.slots_per_ring);
  } else {
    row.state = State::kUnavailable;
    row.consequence = fmt::format("not even {} slots of {} KiB can be registered",
                                  allowed.slots_per_ring, allowed.slot_bytes / 1024);
  }
  return row;
}

std::optional<u64> open_files_limit() noexcept { return soft_limit(RLIMIT_NOFILE); }

Row open_files_row(std::optional<u64> limit, u32 cores) {
  Row row{.name = "open-files", .required = true, .evidence = {}, .consequence = {}, .fix = {}};
  if (!limit) {
    row.evidence = "open files are not limited";
    return row;
  }
  row.evidence = fmt::format("limit of {} descriptors", *limit);
  const u64 wanted = kDescriptorsBeside + u64{kDescriptorsPerRing} * cores;
  if (*limit >= wanted) return row;
  row.fix = fmt::format("raise it to {}: `ulimit -n {}`", wanted, wanted);
  row.state = *limit >= kDescriptorsBeside ? State::kDegraded : State::kUnavailable;
  row.consequence = row.state == State::kDegraded
                        ? "fewer files are open at a time"
                        : "rings and files cannot be opened at the same time";
  return row;
}

}  // namespace vyre::doctor
