#include "uring/refusal.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

namespace vyre::uring {
namespace {

// The number after `prefix` on the first line of `path` that begins with it.
std::optional<int> number_after(const char* path, const char* prefix) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return std::nullopt;
  std::optional<int> found;
  char line[256];
  const std::size_t length = std::strlen(prefix);
  while (!found && std::fgets(line, sizeof line, file) != nullptr) {
    int value = 0;
    if (std::strncmp(line, prefix, length) != 0) continue;
    if (std::sscanf(line + length, "%d", &value) == 1) found = value;
  }
  std::fclose(file);
  return found;
}

Error permission_refused(int error_number) {
  const int disabled = number_after("/proc/sys/kernel/io_uring_disabled", "").value_or(0);
  if (disabled == 2) {
    return unavailable("io_uring is switched off: kernel.io_uring_disabled is 2",
                       "set it to 0 (`sysctl kernel.io_uring_disabled=0`)");
  }
  // 2 is SECCOMP_MODE_FILTER.
  if (number_after("/proc/self/status", "Seccomp:").value_or(0) == 2) {
    return unavailable(
        fmt::format("io_uring_setup: {}: a seccomp filter of this process refuses it",
                    std::strerror(error_number)),
        "run with a seccomp profile that allows io_uring_setup, io_uring_enter and "
        "io_uring_register (Docker, Podman: --security-opt seccomp=PROFILE.json)");
  }
  if (disabled == 1) {
    return unavailable(
        "io_uring is reserved for privileged processes: kernel.io_uring_disabled is 1",
        "join the group of kernel.io_uring_group, or set kernel.io_uring_disabled to 0");
  }
  return unavailable(
      fmt::format("io_uring_setup: {}: a security module refuses it", std::strerror(error_number)),
      "allow io_uring in the security policy of this process");
}

}  // namespace

Error setup_refused(int error_number) {
  switch (error_number) {
    case EPERM:
    case EACCES:
      return permission_refused(error_number);
    case ENOSYS:
      return unavailable("io_uring_setup: the kernel, or a seccomp filter, has no io_uring",
                         "use Linux 6.1 or later, built with CONFIG_IO_URING, and a container "
                         "profile that allows io_uring_setup, io_uring_enter, io_uring_register");
    case EINVAL:
      return unavailable("io_uring_setup: the kernel does not know the options asked for",
                         "use Linux 6.1 or later, and 1 to 32768 entries");
    case EMFILE:
      return unavailable("io_uring_setup: the process has no free file descriptor",
                         "raise the limit on open files (`ulimit -n`)");
    case ENOMEM:
      return unavailable("io_uring_setup: not enough memory for the ring",
                         "free memory, ask for fewer entries, or raise `ulimit -l`");
    default:
      return syscall_error("io_uring_setup", error_number);
  }
}

Error buffer_refused(int error_number, std::size_t bytes) {
  rlimit limit{};
  const bool known = ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0;
  if (error_number == ENOMEM && known && limit.rlim_cur != RLIM_INFINITY) {
    return unavailable(
        fmt::format("registering a buffer of {} bytes: the limit on locked memory is {} bytes for "
                    "all rings of the user (RLIMIT_MEMLOCK)",
                    bytes, limit.rlim_cur),
        fmt::format("raise it to at least {} KiB (`ulimit -l`, systemd's LimitMEMLOCK=, or "
                    "/etc/security/limits.conf)",
                    (bytes + 1023) / 1024));
  }
  return syscall_error(fmt::format("registering a buffer of {} bytes", bytes), error_number,
                       error_number == ENOMEM ? "free memory, or use smaller slots" : "");
}

}  // namespace vyre::uring
