#pragma once

#include <string>

#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/simulated_device.hpp"
#include "tests/ingest/temporary_tree.hpp"

namespace vyre::test {

/// A file of noise that plays a namespace, and what tells so.
class SimulatedDisk {
 public:
  SimulatedDisk(u32 block_bytes, u64 blocks, u32 largest_command)
      : content_(noise(block_bytes * blocks, blocks)), path_(tree.add("ng0n1", content_).path) {
    devices.identity = {.nsid = 1,
                        .block_bytes = block_bytes,
                        .blocks = blocks,
                        .largest_command = largest_command};
    devices.namespaces[path_] = path_;
    devices.nodes[path_] = {
        .kind = nvme::NodeKind::kNamespace, .name = "ng0n1", .bytes = content_.size()};
  }
  const std::string& content() const { return content_; }
  const std::string& path() const { return path_; }
  FileSource source() const { return {.path = path_, .size = content_.size(), .device = true}; }

  TemporaryTree tree;
  SimulatedDevices devices;

 private:
  std::string content_;
  std::string path_;
};

/// A driver whose ring takes commands for a simulated disk.
class DeviceHarness : public DriverHarness {
 public:
  explicit DeviceHarness(const SimulatedDisk& disk, HarnessOptions options = {})
      : DriverHarness(with(disk, std::move(options))) {}

 private:
  static HarnessOptions with(const SimulatedDisk& disk, HarnessOptions options) {
    options.devices = &disk.devices;
    options.name_space = disk.devices.identity;
    return options;
  }
};

}  // namespace vyre::test
