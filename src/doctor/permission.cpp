#include "doctor/permission.hpp"

#include <fmt/format.h>
#include <liburing.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

constexpr const char* kNoReads = "`vyre scan` cannot read files";
// Most of it is the list of the process's groups, of which there may be 65536.
constexpr std::size_t kStatusBytes = std::size_t{1} << 20;

/// The rest of the line of /proc/self/status that begins with `key`; empty where there is none.
std::string status_field(std::string_view status, std::string_view key) {
  while (!status.empty()) {
    const std::string_view line = status.substr(0, status.find('\n'));
    status.remove_prefix(std::min(status.size(), line.size() + 1));
    if (!line.starts_with(key)) continue;
    const std::size_t value = line.find_first_not_of(" \t", key.size());
    return value == std::string_view::npos ? std::string() : std::string(line.substr(value));
  }
  return {};
}

std::string setup_text(int setup_error) {
  if (setup_error == 0) return "io_uring_setup passes";
  return syscall_error("io_uring_setup", setup_error).what;
}

bool is_refusal(int setup_error) {
  return setup_error == EPERM || setup_error == EACCES || setup_error == ENOSYS;
}

}  // namespace

int try_io_uring_setup() noexcept {
  io_uring ring{};
  const int result = io_uring_queue_init(1, &ring, 0);
  if (result == 0) io_uring_queue_exit(&ring);
  return -result;
}

Row seccomp_row(const Roots& roots, int setup_error) {
  const std::string path = roots.proc + "/self/status";
  const auto status = read_bytes(path, kStatusBytes);
  const std::string mode = status ? status_field(*status, "Seccomp:") : std::string();
  if (mode == "0") return available_row("seccomp", "no filter on this process");
  if (mode.empty() && !is_refusal(setup_error)) {
    return available_row("seccomp",
                         fmt::format("not told by {}; {}", path, setup_text(setup_error)));
  }
  std::string evidence =
      mode.empty() ? "mode not told by " + path : fmt::format("mode {}", printable(mode));
  const std::string filters = status ? status_field(*status, "Seccomp_filters:") : std::string();
  if (!filters.empty()) evidence += fmt::format(", filters: {}", printable(filters));
  evidence += "; " + setup_text(setup_error);
  if (!is_refusal(setup_error)) return available_row("seccomp", std::move(evidence));
  return unavailable_row(
      "seccomp", {std::move(evidence), kNoReads,
                  "run with a profile that allows io_uring_setup, io_uring_enter and "
                  "io_uring_register (Docker, Podman: --security-opt seccomp=PROFILE.json)"});
}

Row io_uring_disabled_row(const Roots& roots, int setup_error) {
  constexpr const char* kName = "io_uring_disabled";
  const std::string folder = roots.proc + "/sys/kernel";
  const std::string path = folder + "/io_uring_disabled";
  const auto value = read_number(path);
  if (!value && is_absence(value.error())) {
    return available_row(kName, path + " does not exist: this kernel cannot switch io_uring off");
  }
  if (!value) {
    return degraded_row(
        kName,
        {value.error().what, "whether io_uring is switched off shows only when it is tried", ""});
  }
  std::string evidence = fmt::format("kernel.io_uring_disabled is {}", *value);
  if (*value == 0) return available_row(kName, std::move(evidence));
  evidence += "; " + setup_text(setup_error);
  if (setup_error == 0) return available_row(kName, std::move(evidence));
  if (*value == 1) {
    const auto group = read_text(folder + "/io_uring_group");
    const std::string told = group ? printable(*group) : "not known";
    return unavailable_row(
        kName, {fmt::format("{}; kernel.io_uring_group is {}", evidence, told), kNoReads,
                "put this user into a group and name it in kernel.io_uring_group, give the process "
                "CAP_SYS_ADMIN, or `sysctl kernel.io_uring_disabled=0`"});
  }
  return unavailable_row(
      kName, {std::move(evidence), kNoReads, "`sysctl kernel.io_uring_disabled=0`, as root"});
}

}  // namespace vyre::doctor
