#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vyre/error.hpp"

// A process that goes on as a new one, of the same number, arguments and standard descriptors. What
// the kernel or a driver keeps for a process it takes back with the old one: a GPU that has
// faulted, or whose kernel hangs, serves the new one.
namespace vyre::cli {

/// Names the descriptor of what the process before left. The environment has it for the time of
/// that one exec.
inline constexpr const char* kInheritanceVariable = "VYRE_RESTARTED_SCAN";

/// What the process before left for this one; nothing where this one was begun as any other. Takes
/// it out of the environment, and closes it: before threads start. InvalidArgument where the
/// environment names something that no process left.
Result<std::optional<std::string>> take_inheritance();

/// Descriptors beyond the three standard ones that an exec leaves open: before this process opens
/// any, those that it was given.
[[nodiscard]] std::vector<int> open_over_exec();

/// Becomes the new process and leaves `inheritance` to it. Of all descriptors beyond the three
/// standard ones it has those in `kept` alone; of the environment all but the faults that are
/// injected once. Returns only where that failed, with the reason.
Error become_new_process(std::string_view inheritance, std::span<const int> kept);

}  // namespace vyre::cli
