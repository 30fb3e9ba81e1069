#pragma once

#include <string>
#include <vector>

#include "doctor/roots.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::doctor {

/// A block device's answer to whether its completions can be polled for.
struct PollQueue {
  /// "nvme0n1", or "nvme0c0n1" of a namespace with several controllers.
  std::string block;
  /// /sys/.../queue/io_poll: 0 or 1.
  Result<u64> io_poll;
};

/// An NVMe controller, as sysfs shows it. Its texts are the drive's own, made printable.
struct NvmeController {
  /// "nvme0".
  std::string name;
  std::string model;
  std::string firmware;
  /// "pcie", "tcp".
  std::string transport;
  /// Of the transport: "0000:3b:00.0".
  std::string address;
  /// "live", "resetting", "dead".
  std::string state;
  std::vector<PollQueue> queues;
};

/// A namespace with a character device.
struct NvmeNamespace {
  /// "ng0n1".
  std::string generic;
  /// "nvme0n1"; empty where the namespace has no block device.
  std::string block;
};

struct NvmeTree {
  std::vector<NvmeController> controllers;
  std::vector<NvmeNamespace> namespaces;
};

/// "ng0n1" and "nvme0n1" for one another's names; empty where `name` is neither.
std::string block_of_generic(const std::string& generic);
std::string generic_of_block(const std::string& block);

/// Empty where there is none, or no driver.
NvmeTree nvme_tree(const Roots& roots);

}  // namespace vyre::doctor
