#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/owned_fd.hpp"

// The virtual machine's disks and what they hold.
namespace vyre::vm {

/// Bytes of a logical block of all disks but "wide".
inline constexpr std::uint32_t kBlockBytes = 512;
/// Bytes of each disk.
inline constexpr std::uint64_t kDiskBytes = 32ULL << 20;
inline constexpr std::uint64_t kDiskBlocks = kDiskBytes / kBlockBytes;

/// The nodes of the controller whose serial number is `serial`; a test fails where there is none.
struct Nodes {
  /// /sys/class/nvme/nvmeX
  std::string folder;
  /// /dev/nvmeX
  std::string controller;
  /// /dev/ngXn1
  std::string generic;
  /// /dev/nvmeXn1
  std::string block;
};
Nodes nodes_of(std::string_view serial);

/// Opens a node; a test fails where that cannot be done.
base::OwnedFd open_node(const std::string& path, int flags);

/// Whether `bytes`, a multiple of 8, is what all disks hold from `offset` on: the word at byte 8k
/// is k times 0x9E3779B97F4A7C15.
bool holds_pattern(std::span<const std::byte> bytes, std::uint64_t offset);

/// Memory that is mapped for a test's life.
class Mapping {
 public:
  /// Anonymous, page by page, zero.
  static Mapping anonymous(std::size_t bytes);
  /// PCI memory of the controller `serial`, for transfers between devices.
  static Mapping peer(std::string_view serial, std::size_t bytes);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  Mapping(std::byte* data, std::size_t size) : data_(data), size_(size) {}

  std::byte* data_;
  std::size_t size_;
};

}  // namespace vyre::vm
