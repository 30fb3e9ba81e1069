#include "cli/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/owned_fd.hpp"

namespace vyre::cli {
namespace {

constexpr mode_t kPermissionBits = 07777;
constexpr int kMaxNames = 100;

Status failed(const std::string& what, const std::string& path) {
  return tl::unexpected(syscall_error(what + " " + path, errno));
}

Status write_all(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return failed("write", path);
    }
  }
  return {};
}

Status write_in_place(const std::string& path, std::string_view bytes) {
  const base::OwnedFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return failed("open", path);
  return write_all(file.get(), bytes, path);
}

/// A file that is removed again unless it got its final name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) {
    for (int number = 0; number < kMaxNames && !file_; ++number) {
      name_ = fmt::format("{}.{}.{}.tmp", target, ::getpid(), number);
      file_ = base::OwnedFd(::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (!file_ && errno != EEXIST) return;
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (file_) ::unlink(name_.c_str());
  }

  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  Status rename_to(const std::string& target) {
    if (::rename(name_.c_str(), target.c_str()) != 0) return failed("rename to", target);
    file_.reset();
    return {};
  }

 private:
  std::string name_;
  base::OwnedFd file_;
};

Status replace(const std::string& path, const std::optional<struct stat>& old,
               std::string_view bytes) {
  TemporaryFile temporary(path);
  if (!temporary) return failed("create", path);
  if (old && ::fchmod(temporary.descriptor(), old->st_mode & kPermissionBits) != 0) {
    return failed("set the mode of", path);
  }
  if (auto written = write_all(temporary.descriptor(), bytes, path); !written) return written;
  // Some file systems report only here that the disk is full.
  if (::fsync(temporary.descriptor()) != 0) return failed("write", path);
  return temporary.rename_to(path);
}

}  // namespace

Status write_output(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    Status written = write_all(STDOUT_FILENO, bytes, "standard output");
    if (!written && written.error().detail == EPIPE) return {};
    return written;
  }
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0) {
    if (errno != ENOENT) return failed("open", path);
    return replace(path, std::nullopt, bytes);
  }
  if (!S_ISREG(state.st_mode)) return write_in_place(path, bytes);
  // Not writable is a wish that renaming over it would ignore.
  if (::access(path.c_str(), W_OK) != 0) return failed("open", path);
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return failed("open", path);
  return replace(real.get(), state, bytes);
}

}  // namespace vyre::cli
