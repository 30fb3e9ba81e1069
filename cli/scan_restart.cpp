#include "cli/scan_restart.hpp"

#include <fmt/format.h>

#include "cli/process_restart.hpp"
#include "runtime/injections.hpp"

namespace vyre::cli {

Result<std::optional<scan::RestartState>> take_restart_state() {
  const auto inheritance = take_inheritance();
  if (!inheritance) return tl::unexpected(inheritance.error());
  if (!*inheritance) return std::nullopt;
  auto state = scan::RestartState::decode(**inheritance);
  if (state && state->restarts != 0 && state->restarts <= kMostRestarts) return state;
  return tl::unexpected(invalid_argument(
      fmt::format("{} names something else than what a scan leaves", kInheritanceVariable),
      "begin the scan anew"));
}

bool is_freed_by_restart(const BackendDescription& backend) {
  if (backend.kind == BackendKind::kCuda) return true;
  const auto injection = runtime::cpu_injection();
  return injection && injection->kind == backend::FaultInjection::Kind::kLose;
}

std::string why_no_restart(const ScanOptions& options, std::uint64_t restarts) {
  if (!options.stream.record.empty()) {
    return "the scan is not restarted, since --record keeps it as it was";
  }
  if (restarts < kMostRestarts) return {};
  return fmt::format("the scan was restarted {} times for it already, and ends", restarts);
}

std::string restarted_text(const scan::RestartState& state, std::uint64_t files) {
  return fmt::format("{}; restarted, {} files are done, the rest goes on", state.reason, files);
}

}  // namespace vyre::cli
