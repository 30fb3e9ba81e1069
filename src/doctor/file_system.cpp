#include "doctor/file_system.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/direct_alignment.hpp"
#include "base/owned_fd.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {
namespace {

/// What an attempt to open a file for direct reads came to.
struct DirectAttempt {
  base::OwnedFd file;
  /// Names the file; empty where there was none to try.
  std::string tried;
  int error_number = 0;
};

DirectAttempt try_open(const std::string& path, int flags, std::string tried) {
  DirectAttempt attempt;
  attempt.tried = std::move(tried);
  attempt.file = base::OwnedFd(::open(path.c_str(), flags | O_DIRECT | O_CLOEXEC, 0600));
  attempt.error_number = attempt.file ? 0 : errno;
  return attempt;
}

DirectAttempt open_direct(const std::string& path, bool is_directory) {
  if (!is_directory) return try_open(path, O_RDONLY | O_NONBLOCK, path);
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(path, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    std::error_code unreadable;
    if (entry->is_symlink(unreadable) || !entry->is_regular_file(unreadable)) continue;
    const std::string name = entry->path().string();
    DirectAttempt attempt = try_open(name, O_RDONLY | O_NONBLOCK, name);
    if (attempt.error_number != EACCES && attempt.error_number != EPERM) return attempt;
  }
  DirectAttempt attempt = try_open(path, O_TMPFILE | O_RDWR, "an unnamed temporary file");
  // These say that none could be made here, nothing about direct reads.
  if (attempt.error_number == EACCES || attempt.error_number == EROFS ||
      attempt.error_number == EOPNOTSUPP || attempt.error_number == EISDIR) {
    attempt.tried.clear();
  }
  return attempt;
}

std::string alignment_text(const base::OwnedFd& file) {
  const auto alignment = base::direct_alignment(file.get());
  if (!alignment) return "alignment not told: it may be the page cache that answers";
  if (alignment->offset == 0) return {};
  return fmt::format("memory aligned to {}, offsets to {}", alignment->memory, alignment->offset);
}

std::string type_under(const std::string& path, const struct statx& status) {
  if ((status.stx_mask & STATX_MNT_ID) != 0) {
    std::ifstream file("/proc/self/mountinfo");
    std::ostringstream text;
    text << file.rdbuf();
    std::string type = file_system_type(text.str(), status.stx_mnt_id);
    if (!type.empty()) return type;
  }
  struct statfs information {};
  if (::statfs(path.c_str(), &information) != 0) return "unknown file system";
  return fmt::format("file system of magic {:#x}",
                     static_cast<unsigned long long>(information.f_type));
}

void judge_direct(const DirectAttempt& attempt, const std::string& type, Row& row) {
  if (attempt.tried.empty()) {
    row.evidence = fmt::format("{}; no file to try O_DIRECT on", type);
    return;
  }
  std::string refusal;
  if (attempt.file) {
    const std::string alignment = alignment_text(attempt.file);
    row.evidence = fmt::format("{}; O_DIRECT opens {}, {}", type, attempt.tried, alignment);
    if (!alignment.empty()) return;
    refusal = "the kernel names no alignment for direct reads";
  } else {
    refusal = syscall_error("open " + attempt.tried + " with O_DIRECT", attempt.error_number).what;
  }
  row.evidence = fmt::format("{}; {}", type, refusal);
  row.state = State::kDegraded;
  row.consequence = "big files that are not cached are read through the page cache too";
}

}  // namespace

std::string file_system_type(std::string_view mountinfo, unsigned long long mount_id) {
  while (!mountinfo.empty()) {
    const std::string_view line = mountinfo.substr(0, mountinfo.find('\n'));
    mountinfo.remove_prefix(std::min(mountinfo.size(), line.size() + 1));
    unsigned long long id = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), id);
    if (parsed.ec != std::errc() || id != mount_id) continue;
    // Optional fields of any number end with a lone hyphen; the type follows it.
    const std::size_t mark = line.find(" - ");
    if (mark == std::string_view::npos) return {};
    const std::string_view rest = line.substr(mark + 3);
    return std::string(rest.substr(0, rest.find(' ')));
  }
  return {};
}

Row file_system_row(const std::string& path) {
  Row row{.name = "file-system:" + path, .evidence = {}, .consequence = {}, .fix = {}};
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_TYPE | STATX_MNT_ID, &status) != 0) {
    row.state = State::kUnavailable;
    row.evidence = syscall_error("statx " + path, errno).what;
    row.consequence = "this path cannot be scanned";
    row.fix = "name a path that exists and that you may read";
    return row;
  }
  const bool is_directory = S_ISDIR(status.stx_mode);
  if (!is_directory && !S_ISREG(status.stx_mode)) {
    row.state = State::kUnavailable;
    row.evidence = "neither a directory nor a regular file";
    row.consequence = "this path is not scanned";
    row.fix = "name a directory or a regular file";
    return row;
  }
  judge_direct(open_direct(path, is_directory), type_under(path, status), row);
  return row;
}

}  // namespace vyre::doctor
