#include "nvme/refusal.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace vyre::nvme {
namespace {

std::string fix_for(int error_number, const CommandWay& way) {
  switch (error_number) {
    case EOPNOTSUPP:
      return way.polled
                 ? "give the driver poll queues (kernel parameter nvme.poll_queues=N), or use "
                   "a ring without IOPOLL"
                 : "use a ring with wide entries, and Linux 6.1 or later";
    case ENOTTY:
      return "give a namespace's character device (/dev/ngXnY), on Linux 6.1 or later";
    case EINVAL:
      if (way.peer) {
        return "let device and peer memory be behind one PCIe switch, and the kernel have "
               "CONFIG_PCI_P2PDMA";
      }
      return way.registered
                 ? "use Linux 6.12 or later: earlier kernels refuse registered memory of "
                   "more than 127 pages"
                 : "read less with one command";
    case EREMOTEIO:
      return "let device and peer memory be behind one PCIe switch";
    case EFAULT:
      return way.peer ? "map the peer memory anew; it cannot be registered with a ring" : "";
    case EACCES:
    case EPERM:
      return "run with CAP_SYS_ADMIN, or on Linux 6.2 or later, where reads need only the right to "
             "open the node";
    case ENODEV:
    case ENXIO:
    case ESHUTDOWN:
      return "see the kernel's log for why the device went";
    case EINTR:
      return "see the kernel's log for why the controller was reset";
    case ENOMEM:
      return "free memory";
    default:
      return {};
  }
}

}  // namespace

Error command_refused(int error_number, BlockSpan blocks, const CommandWay& way) {
  if (is_gone(error_number)) {
    return syscall_error(fmt::format("reading {}: the device is gone", to_string(blocks)),
                         error_number, fix_for(error_number, way));
  }
  return syscall_error(
      fmt::format("reading {}{}", to_string(blocks), way.peer ? " into peer memory" : ""),
      error_number, fix_for(error_number, way));
}

Error device_error(DeviceStatus status, BlockSpan blocks) {
  Error error{ErrorCode::kSyscall,
              status.is_media_error() ? ENODATA : EIO,
              fmt::format("reading {}: the device says: {}", to_string(blocks), to_string(status)),
              {}};
  if (status.is_media_error()) error.fix = "restore these blocks from a copy";
  return error;
}

Error node_refused(std::string_view operation, const std::string& path, int error_number) {
  std::string fix;
  switch (error_number) {
    case EACCES:
      fix = operation == "open"
                ? fmt::format(
                      "let your user read {} (its group, `setfacl -m u:USER:r {}`), or run "
                      "with CAP_DAC_READ_SEARCH",
                      path, path)
                : "run with CAP_SYS_ADMIN, or on Linux 6.2 or later, where this needs none";
      break;
    case EPERM:
      fix = "allow this device in the container or cgroup, or run with CAP_SYS_ADMIN";
      break;
    case ENOTTY:
      fix = "give a namespace's character device (/dev/ngXnY), on Linux 6.1 or later";
      break;
    default:
      break;
  }
  return syscall_error(fmt::format("{} {}", operation, path), error_number, std::move(fix));
}

bool is_gone(int error_number) noexcept {
  return error_number == ENODEV || error_number == ENXIO || error_number == ESHUTDOWN;
}

}  // namespace vyre::nvme
