#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/owned_fd.hpp"
#include "ingest/device_access.hpp"
#include "nvme/refusal.hpp"

namespace vyre::test {

/// A namespace whose blocks are a file's, for what is read outside the ring; FaultRing plays the
/// rest.
class SimulatedNamespace final : public nvme::Namespace {
 public:
  SimulatedNamespace(const std::string& file, const nvme::Identity& identity,
                     const std::set<u64>& bad)
      : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)), identity_(identity), bad_(bad) {}
  const nvme::Identity& identity() const noexcept override { return identity_; }
  int descriptor() const noexcept override { return descriptor_.get(); }
  Status read(u64 first, std::span<std::byte> target) const override {
    const nvme::BlockSpan blocks{first, target.size() / identity_.block_bytes};
    for (u64 i = 0; i < blocks.count; ++i) {
      if (bad_.count(first + i) == 0) continue;
      return tl::unexpected(nvme::device_error(nvme::DeviceStatus(0x281), blocks));
    }
    const auto at = static_cast<off_t>(first * identity_.block_bytes);
    const ssize_t count = ::pread(descriptor_.get(), target.data(), target.size(), at);
    if (count == static_cast<ssize_t>(target.size())) return {};
    return tl::unexpected(nvme::device_error(nvme::DeviceStatus(0x4080), blocks));
  }

 private:
  base::OwnedFd descriptor_;
  nvme::Identity identity_;
  const std::set<u64>& bad_;
};

/// Devices that the machine lacks: files are told to be nodes of them.
class SimulatedDevices final : public ingest::DeviceAccess {
 public:
  /// What a path is said to be; others are what they are.
  std::map<std::string, nvme::DeviceNode> nodes;
  /// The file behind each namespace's node.
  std::map<std::string, std::string> namespaces;
  nvme::Identity identity;
  /// Blocks that cannot be read outside the ring.
  std::set<u64> bad;
  /// Errno of opening a namespace; 0: none.
  int refusal = 0;
  bool registered_memory = true;
  ingest::BlockGeometry block_device;

  nvme::DeviceNode describe(const std::string& path, const struct stat& state) const override {
    const auto found = nodes.find(path);
    return found == nodes.end() ? DeviceAccess::describe(path, state) : found->second;
  }
  Result<std::unique_ptr<nvme::Namespace>> open_namespace(const std::string& path) const override {
    if (refusal != 0) return tl::unexpected(nvme::node_refused("open", path, refusal));
    const auto found = namespaces.find(path);
    if (found == namespaces.end()) return tl::unexpected(nvme::node_refused("open", path, ENOENT));
    return std::make_unique<SimulatedNamespace>(found->second, identity, bad);
  }
  Result<ingest::BlockGeometry> geometry(int descriptor) const override {
    if (block_device.block_bytes != 0) return block_device;
    return DeviceAccess::geometry(descriptor);
  }
  bool takes_registered_memory() const override { return registered_memory; }
};

}  // namespace vyre::test
