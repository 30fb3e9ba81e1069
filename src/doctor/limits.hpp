#pragma once

#include <optional>

#include "doctor/row.hpp"
#include "wire/platform.hpp"

namespace vyre::doctor {

struct Memlock {
  /// Soft RLIMIT_MEMLOCK in bytes; nothing where unlimited.
  std::optional<u64> limit;
  /// With CAP_IPC_LOCK the kernel does not apply the limit.
  bool exempt = false;
};

Memlock observe_memlock();

/// What the limit on locked memory leaves of the rings and slots that a session opens by default.
/// Required: below two slots of one ring nothing can be read.
Row memlock_row(const Memlock& memlock, u32 cores);

/// Soft RLIMIT_NOFILE; nothing where unlimited.
std::optional<u64> open_files_limit() noexcept;

Row open_files_row(std::optional<u64> limit, u32 cores);

}  // namespace vyre::doctor
