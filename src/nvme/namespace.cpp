#include "nvme/namespace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "base/owned_fd.hpp"
#include "nvme/identify.hpp"
#include "nvme/refusal.hpp"

namespace vyre::nvme {
namespace {

// Base Specification, "Opcodes for Admin Commands" and "Identify - CNS Values".
constexpr u8 kIdentifyOpcode = 0x06;
enum class IdentifyWhat : u32 { kNamespace = 0, kController = 1 };

using IdentifyData = std::array<std::byte, kIdentifyBytes>;

// Calls again where a signal came between.
template <typename Argument>
int control(int descriptor, unsigned long request, Argument argument) {
  int result = 0;
  do {
    result = ::ioctl(descriptor, request, argument);
  } while (result < 0 && errno == EINTR);
  return result;
}

class DriverNamespace final : public Namespace {
 public:
  DriverNamespace(std::string path, base::OwnedFd descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  Status identify(u64 kernel_limit);
  const Identity& identity() const noexcept override { return identity_; }
  int descriptor() const noexcept override { return descriptor_.get(); }
  Status read(u64 first, std::span<std::byte> target) const override;

 private:
  Status ask(IdentifyWhat what, u32 nsid, IdentifyData& data) const;
  Status read_once(BlockSpan blocks, std::span<std::byte> target) const;

  std::string path_;
  base::OwnedFd descriptor_;
  Identity identity_;
};

Status DriverNamespace::ask(IdentifyWhat what, u32 nsid, IdentifyData& data) const {
  nvme_admin_cmd command{};
  command.opcode = kIdentifyOpcode;
  command.nsid = nsid;
  command.addr = reinterpret_cast<std::uintptr_t>(data.data());
  command.data_len = kIdentifyBytes;
  command.cdw10 = static_cast<u32>(what);
  const int result = control(descriptor_.get(), NVME_IOCTL_ADMIN_CMD, &command);
  if (result == 0) return {};
  if (result < 0) return tl::unexpected(node_refused("identify", path_, errno));
  return tl::unexpected(Error{ErrorCode::kSyscall, EIO,
                              fmt::format("identify {}: the device says: {}", path_,
                                          to_string(DeviceStatus(static_cast<u16>(result)))),
                              "look for an update of the device's firmware"});
}

Status DriverNamespace::identify(u64 kernel_limit) {
  const int nsid = control(descriptor_.get(), NVME_IOCTL_ID, nullptr);
  if (nsid < 0) return tl::unexpected(node_refused("asking for the id of", path_, errno));
  IdentifyData data{};
  if (Status status = ask(IdentifyWhat::kController, 0, data); !status) return status;
  const u64 device_limit = parse_transfer_limit(data);
  data = {};
  if (Status status = ask(IdentifyWhat::kNamespace, static_cast<u32>(nsid), data); !status) {
    return status;
  }
  const auto parsed = parse_identify_namespace(data, static_cast<u32>(nsid));
  if (!parsed) return tl::unexpected(parsed.error());
  identity_ = *parsed;
  identity_.largest_command = largest_command(identity_.block_bytes, {device_limit, kernel_limit});
  return {};
}

Status DriverNamespace::read_once(BlockSpan blocks, std::span<std::byte> target) const {
  const auto encoded = encode_nvme_read(identity_, blocks, {target.data(), target.size()});
  if (!encoded) return tl::unexpected(encoded.error());
  nvme_passthru_cmd64 command{};
  command.opcode = encoded->opcode;
  command.nsid = encoded->nsid;
  command.addr = encoded->addr;
  command.data_len = encoded->data_len;
  command.cdw10 = encoded->cdw10;
  command.cdw11 = encoded->cdw11;
  command.cdw12 = encoded->cdw12;
  const int result = control(descriptor_.get(), NVME_IOCTL_IO64_CMD, &command);
  if (result == 0) return {};
  if (result < 0) return tl::unexpected(command_refused(errno, blocks, {}));
  return tl::unexpected(device_error(DeviceStatus(static_cast<u16>(result)), blocks));
}

Status DriverNamespace::read(u64 first, std::span<std::byte> target) const {
  u64 block = first;
  while (!target.empty()) {
    const std::size_t bytes = std::min<std::size_t>(target.size(), identity_.largest_command);
    const BlockSpan blocks{block, bytes / identity_.block_bytes};
    if (Status status = read_once(blocks, target.first(bytes)); !status) return status;
    block += blocks.count;
    target = target.subspan(bytes);
  }
  return {};
}

Error not_a_namespace(const std::string& path, NodeKind kind) {
  return invalid_argument(
      fmt::format("{} is {}", path,
                  kind == NodeKind::kController
                      ? "an NVMe controller, which takes commands for its namespaces only at theirs"
                      : "no character device of an NVMe namespace"),
      "give a namespace's character device (/dev/ngXnY)");
}

}  // namespace

Result<std::unique_ptr<Namespace>> open_namespace(const std::string& path,
                                                  const DeviceRoots& roots) {
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0) {
    return tl::unexpected(node_refused("open", path, errno));
  }
  const DeviceNode node = describe_node(state, roots);
  if (node.kind != NodeKind::kNamespace) return tl::unexpected(not_a_namespace(path, node.kind));
  base::OwnedFd descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return tl::unexpected(node_refused("open", path, errno));
  struct stat opened {};
  if (::fstat(descriptor.get(), &opened) != 0 || opened.st_rdev != state.st_rdev ||
      !S_ISCHR(opened.st_mode)) {
    return tl::unexpected(not_a_namespace(path, NodeKind::kOther));
  }
  auto made = std::make_unique<DriverNamespace>(path, std::move(descriptor));
  if (Status status = made->identify(kernel_command_limit(node.name, roots)); !status) {
    return tl::unexpected(status.error());
  }
  return made;
}

std::optional<BlockSpan> blocks_of_partition(const DeviceNode& partition, const Identity& whole) {
  const u64 sectors = whole.block_bytes / kSectorBytes;
  if (partition.sectors.count == 0 || partition.sectors.first % sectors != 0 ||
      partition.sectors.count % sectors != 0) {
    return std::nullopt;
  }
  return BlockSpan{partition.sectors.first / sectors, partition.sectors.count / sectors};
}

}  // namespace vyre::nvme
