#pragma once

#include <string>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::uring {

/// One row of what the kernel offers.
struct ProbeRow {
  /// Stable name, for JSON: "io_uring", "feature:ext_arg", "opcode:read_fixed", "flag:sqpoll".
  std::string name;
  bool available;
  /// Why not, or what was found; never empty.
  std::string reason;
  /// What to do where it is missing; empty where nothing can be done or needs doing.
  std::string fix;
};

/// Asks the running kernel, by setting up small rings and dropping them. Never fails: a kernel that
/// refuses io_uring gives a first row that says so. Some milliseconds.
std::vector<ProbeRow> probe_kernel();

}  // namespace vyre::uring
