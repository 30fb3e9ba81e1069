#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/scan_options.hpp"
#include "scan/checkpoint/restart_state.hpp"
#include "vyre/backend.hpp"
#include "vyre/error.hpp"

// When a scan whose device is lost goes on in a new process.
namespace vyre::cli {

/// A device is lost by chance, or it is broken, or some chunk breaks it each time: then there must
/// be an end, and three more tries tell the one from the others.
inline constexpr std::uint64_t kMostRestarts = 3;

/// What the process before left; nothing where there was none. InvalidArgument where it is not what
/// a scan leaves.
Result<std::optional<scan::RestartState>> take_restart_state();

/// A machine that is well again in a new process, however it broke in this one.
[[nodiscard]] bool is_freed_by_restart(const BackendDescription& backend);

/// Why the scan does not restart (once more); empty where it would. For `backend` that is freed.
[[nodiscard]] std::string why_no_restart(const ScanOptions& options, std::uint64_t restarts);

/// The warning with which the new process begins.
[[nodiscard]] std::string restarted_text(const scan::RestartState& state, std::uint64_t files);

}  // namespace vyre::cli
