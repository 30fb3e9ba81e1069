#include "cli/process_restart.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/owned_fd.hpp"
#include "runtime/injections.hpp"

namespace vyre::cli {
namespace {

constexpr int kFirstOther = STDERR_FILENO + 1;
// So nobody changes what is being read.
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

std::optional<int> parse_descriptor(std::string_view text) {
  int number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number < kFirstOther ? std::nullopt : std::optional(number);
}

Error no_inheritance(const std::string& named) {
  return invalid_argument(
      fmt::format("{}={} names nothing that a process left", kInheritanceVariable, named),
      fmt::format("unset {}", kInheritanceVariable));
}

Result<std::string> read_all(int descriptor) {
  struct stat state {};
  if (::fstat(descriptor, &state) != 0) return tl::unexpected(syscall_error("stat", errno));
  std::string text(static_cast<std::size_t>(state.st_size), '\0');
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t taken =
        ::pread(descriptor, text.data() + at, text.size() - at, static_cast<off_t>(at));
    if (taken > 0) at += static_cast<std::size_t>(taken);
    if (taken == 0) return tl::unexpected(syscall_error("read", EIO));
    if (taken < 0 && errno != EINTR) return tl::unexpected(syscall_error("read", errno));
  }
  return text;
}

Status write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return tl::unexpected(syscall_error("write to memory", errno));
    }
  }
  return {};
}

Result<base::OwnedFd> sealed(std::string_view text) {
  const base::OwnedFd memory(::memfd_create("vyre-inheritance", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) return tl::unexpected(syscall_error("memfd_create", errno));
  if (auto written = write_all(memory.get(), text); !written) {
    return tl::unexpected(std::move(written.error()));
  }
  if (::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0) {
    return tl::unexpected(syscall_error("seal memory", errno));
  }
  // Where a standard descriptor is closed, it may have taken that one's place.
  base::OwnedFd moved(::fcntl(memory.get(), F_DUPFD_CLOEXEC, kFirstOther));
  if (!moved) return tl::unexpected(syscall_error("dup", errno));
  return moved;
}

/// As the kernel has them: argv may lack what a loader took.
std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

std::vector<std::string> environment_with(int inheritance) {
  const std::string mine = std::string(kInheritanceVariable) + "=";
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::string_view(*entry).starts_with(mine) || runtime::is_single_injection(*entry)) {
      continue;
    }
    kept.emplace_back(*entry);
  }
  kept.push_back(mine + std::to_string(inheritance));
  return kept;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Of descriptors beyond the standard ones these alone outlive an exec.
Status keep_only(std::span<const int> kept) {
  if (::close_range(kFirstOther, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    return tl::unexpected(syscall_error("close_range", errno));
  }
  for (const int descriptor : kept) {
    if (::fcntl(descriptor, F_SETFD, 0) != 0) {
      return tl::unexpected(syscall_error("keep a descriptor", errno));
    }
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> take_inheritance() {
  const char* const given = std::getenv(kInheritanceVariable);
  if (given == nullptr) return std::nullopt;
  const std::string named = given;
  ::unsetenv(kInheritanceVariable);
  const auto descriptor = parse_descriptor(named);
  const int seals = descriptor ? ::fcntl(*descriptor, F_GET_SEALS) : -1;
  if (seals < 0 || (seals & kSeals) != kSeals) {
    return tl::unexpected(no_inheritance(named));
  }
  const base::OwnedFd inheritance(*descriptor);
  auto text = read_all(inheritance.get());
  if (!text) return tl::unexpected(std::move(text.error()));
  // The kernel has named this process after the link that it was begun by.
  ::prctl(PR_SET_NAME, program_invocation_short_name);
  return std::optional(std::move(*text));
}

std::vector<int> open_over_exec() {
  std::vector<int> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  while (folder) {
    const dirent* const entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const auto descriptor = parse_descriptor(entry->d_name);
    if (!descriptor) continue;
    const int flags = ::fcntl(*descriptor, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) found.push_back(*descriptor);
  }
  return found;
}

Error become_new_process(std::string_view inheritance, std::span<const int> kept) {
  const auto memory = sealed(inheritance);
  if (!memory) return memory.error();
  std::vector<int> descriptors(kept.begin(), kept.end());
  descriptors.push_back(memory->get());
  std::vector<std::string> arguments = own_arguments();
  std::vector<std::string> environment = environment_with(memory->get());
  if (arguments.empty()) return unavailable("/proc/self/cmdline is empty", "mount /proc");
  if (auto only = keep_only(descriptors); !only) return only.error();
  std::fflush(nullptr);
  ::execve("/proc/self/exe", pointers_to(arguments).data(), pointers_to(environment).data());
  return syscall_error("execve /proc/self/exe", errno);
}

}  // namespace vyre::cli
