#include "doctor/readable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "doctor/nvme_tree.hpp"
#include "doctor/one_read.hpp"
#include "doctor/text_file.hpp"
#include "nvme/device_node.hpp"

namespace vyre::doctor {
namespace {

constexpr u32 kLeastBytes = 4096;

const char* fix_of(int error_number) {
  if (error_number == EACCES) return "let this user read it, or run with CAP_DAC_READ_SEARCH";
  if (error_number == EPERM) return "allow the device in the container or its cgroup";
  return "";
}

Result<base::OwnedFd> open_file(const std::string& path, int flags) {
  base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags));
  if (file) return file;
  const int error_number = errno;
  return tl::unexpected(
      syscall_error(fmt::format("open {}{}", path, (flags & O_DIRECT) != 0 ? " with O_DIRECT" : ""),
                    error_number, fix_of(error_number)));
}

Error no_bytes(const std::string& path, const struct stat& status) {
  const std::string block = block_of_generic(nvme::describe_node(status).name);
  return invalid_argument(
      path + " is a character device: it has no bytes to read by position",
      block.empty()
          ? "name a file, a folder or a block device"
          : fmt::format("name its block device /dev/{}, or use `--path passthrough`", block));
}

// Symbolic links are passed over, as in a scan.
bool is_filled_file(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

Result<Readable> open_in_folder(const std::string& folder, int flags) {
  const auto names = folder_entries(folder);
  if (!names) return tl::unexpected(names.error());
  std::optional<Error> first;
  for (const std::string& name : *names) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (!is_filled_file(path)) continue;
    auto file = open_file(path, flags);
    if (file) return Readable{std::move(*file), std::move(path)};
    if (!first) first = std::move(file.error());
  }
  if (first) return tl::unexpected(std::move(*first));
  return tl::unexpected(invalid_argument(fmt::format("the folder {} has no file to try", folder),
                                         "name a file instead"));
}

}  // namespace

Result<Readable> open_readable(const std::string& path, int flags) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return tl::unexpected(syscall_error("stat " + path, errno, "name what exists"));
  }
  if (S_ISDIR(status.st_mode)) return open_in_folder(path, flags);
  if (S_ISCHR(status.st_mode)) return tl::unexpected(no_bytes(path, status));
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
    return tl::unexpected(invalid_argument(path + " is neither a file nor a folder nor a device",
                                           "name one of these"));
  }
  auto file = open_file(path, flags);
  if (!file) return tl::unexpected(std::move(file.error()));
  return Readable{std::move(*file), path, S_ISBLK(status.st_mode)};
}

Result<u32> bytes_to_read(const Readable& readable) {
  if (!readable.is_block_device) return kLeastBytes;
  int block = 0;
  if (::ioctl(readable.file.get(), BLKSSZGET, &block) != 0 || block <= 0) {
    return tl::unexpected(syscall_error("BLKSSZGET of " + readable.path, errno));
  }
  if (static_cast<u32>(block) > kTriedBytes) {
    return tl::unexpected(
        unavailable(fmt::format("{} has blocks of {} bytes", readable.path, block),
                    fmt::format("use a device with blocks of at most {} bytes", kTriedBytes)));
  }
  return std::max(kLeastBytes, static_cast<u32>(block));
}

}  // namespace vyre::doctor
