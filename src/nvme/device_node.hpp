#pragma once

#include <sys/types.h>

#include <string>

#include "nvme/read_command.hpp"
#include "wire/platform.hpp"

struct stat;

namespace vyre::nvme {

enum class NodeKind : u8 {
  kBlock,       ///< A block device, whole or a partition.
  kNamespace,   ///< An NVMe namespace's character device (/dev/ng0n1).
  kController,  ///< An NVMe controller's character device (/dev/nvme0).
  kOther,
};

/// What the system tells about a device node without opening it, since opening can have effects.
struct DeviceNode {
  NodeKind kind = NodeKind::kOther;
  /// The kernel's name: "nvme0n1", "sda1", "ng0n1"; empty for kOther.
  std::string name = {};
  /// Bytes of a block device, or of the block device of a namespace; 0 where that is not told.
  u64 bytes = 0;
  /// For a block device of a namespace, and a partition of one: the namespace's character device.
  std::string namespace_node = {};
  /// A partition: where it lies on its whole device, in units of 512 bytes.
  bool partition = false;
  BlockSpan sectors = {};
};

/// Where the system shows its devices; tests give others.
struct DeviceRoots {
  std::string sysfs = "/sys";
  std::string dev = "/dev";
};

/// Asks sysfs about the device node that `state` (of stat(2)) describes.
DeviceNode describe_node(const struct stat& state, const DeviceRoots& roots = {});

/// What the kernel's queue takes in one command, bytes, for the block device beside a namespace's
/// character device `name`; 0 where that is not told.
u64 kernel_command_limit(const std::string& name, const DeviceRoots& roots = {});

/// Bytes of a logical sector of a partition's table and of sysfs's sizes, on every device.
inline constexpr u32 kSectorBytes = 512;

}  // namespace vyre::nvme
