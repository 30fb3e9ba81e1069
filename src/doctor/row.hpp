#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vyre::doctor {

enum class State { kAvailable, kDegraded, kUnavailable };

/// "available", "degraded", "unavailable".
std::string_view to_string(State state) noexcept;

/// One thing that was looked at, told to the person who can act on it. docs/DOCTOR.md lists all.
struct Row {
  /// Stable name, for JSON: "memlock", "io_uring", "file-system:/data".
  std::string name;
  State state = State::kAvailable;
  /// `vyre scan` cannot work where this row is unavailable.
  bool required = false;
  /// What was tried or read, and what came back; never empty.
  std::string evidence;
  /// What it means for the user; empty where available.
  std::string consequence;
  /// What to do about it; empty where available or where nothing can be done.
  std::string fix;
};

/// A row of something that is there.
Row available_row(std::string name, std::string evidence);

/// What to tell of something that is not, or not whole.
struct Lack {
  std::string evidence;
  std::string consequence;
  std::string fix;
};

Row degraded_row(std::string name, Lack lack);
Row unavailable_row(std::string name, Lack lack);

}  // namespace vyre::doctor
