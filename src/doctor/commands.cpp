#include "doctor/commands.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "doctor/one_read.hpp"
#include "nvme/device_node.hpp"
#include "nvme/refusal.hpp"

namespace vyre::doctor {
namespace {

Error no_commands(const std::string& path, const char* what) {
  return unavailable(fmt::format("{} is {}, which takes no NVMe commands", path, what),
                     "use `--path mapped`, or name an NVMe namespace (/dev/ngXnY)");
}

Error part_of(const std::string& path, const nvme::DeviceNode& node, const nvme::Namespace& whole) {
  const auto blocks = nvme::blocks_of_partition(node, whole.identity());
  return unavailable(fmt::format("{} is a partition, and commands go to the whole namespace {}",
                                 path, node.namespace_node),
                     blocks ? fmt::format("use {} with --lba {}:{}", node.namespace_node,
                                          blocks->first, blocks->count)
                            : "use `--path mapped`");
}

}  // namespace

Result<std::unique_ptr<nvme::Namespace>> open_commands(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return tl::unexpected(syscall_error("stat " + path, errno, "name what exists"));
  }
  if (S_ISREG(status.st_mode)) return tl::unexpected(no_commands(path, "a regular file"));
  if (S_ISDIR(status.st_mode)) return tl::unexpected(no_commands(path, "a folder"));
  const nvme::DeviceNode node = nvme::describe_node(status);
  if (node.kind != nvme::NodeKind::kBlock) return nvme::open_namespace(path);
  if (node.namespace_node.empty()) {
    return tl::unexpected(no_commands(path, "a block device of another kind"));
  }
  auto opened = nvme::open_namespace(node.namespace_node);
  if (opened && node.partition) return tl::unexpected(part_of(path, node, **opened));
  return opened;
}

Status read_first_blocks(uring::Ring& ring, const nvme::Namespace& space,
                         const BlockTarget& target) {
  const nvme::BlockSpan blocks{0, target.bytes.size() / space.identity().block_bytes};
  const auto command =
      nvme::encode_nvme_read(space.identity(), blocks, {target.bytes.data(), target.bytes.size()});
  if (!command) return tl::unexpected(command.error());
  const auto completion =
      one_read(ring, {.operation = target.registered ? uring::Operation::kNvmeReadFixed
                                                     : uring::Operation::kNvmeRead,
                      .file = space.descriptor(),
                      .command = &*command});
  if (!completion) return tl::unexpected(completion.error());
  if (completion->result < 0) {
    return tl::unexpected(nvme::command_refused(
        -completion->result, blocks, {.registered = target.registered, .peer = target.peer}));
  }
  if (completion->device_status.success()) return {};
  return tl::unexpected(nvme::device_error(completion->device_status, blocks));
}

}  // namespace vyre::doctor
