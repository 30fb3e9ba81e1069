#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/owned_fd.hpp"
#include "ingest/device_access.hpp"
#include "ingest/open_source.hpp"
#include "nvme/namespace.hpp"
#include "vyre/source.hpp"
#include "vyre/telemetry.hpp"

namespace vyre::ingest {

/// Bytes [first, first + bytes) of a device.
struct DeviceWindow {
  u64 first = 0;
  u64 bytes = 0;
};

/// The window that `blocks` are of a device of `geometry`, all of it where they are absent.
/// InvalidArgument where they are none or reach beyond it, Unavailable where the device has no
/// bytes or blocks that this program cannot read.
Result<DeviceWindow> window_of(const std::optional<BlockRange>& blocks,
                               const BlockGeometry& geometry);

/// A block device, read as a file is. Has a descriptor for the page cache too, for read_again().
class BlockSource final : public OpenSource {
 public:
  enum class Way { kBuffered, kDirect };
  /// Opens the block device; `source.path` was found to be one. Errors: as window_of(), Syscall
  /// where it cannot be opened (with O_DIRECT, for kDirect).
  static Result<std::unique_ptr<BlockSource>> open(const FileSource& source, Way way,
                                                   const DeviceAccess& devices,
                                                   IngestTelemetry& telemetry);
  ~BlockSource() override;
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;

  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  /// Blocks that cannot be read are zeros.
  Result<std::size_t> read_again(std::uint64_t offset, std::span<char> target) const override;
  [[nodiscard]] std::uint64_t first_offset() const noexcept override { return shape_.first_offset; }
  [[nodiscard]] int descriptor() const noexcept override {
    return direct_ ? direct_.get() : buffered_.get();
  }
  [[nodiscard]] bool direct() const noexcept override { return static_cast<bool>(direct_); }
  [[nodiscard]] u64 current_size() const noexcept override { return bytes_; }
  [[nodiscard]] const DeviceShape* device() const noexcept override { return &shape_; }

 private:
  BlockSource(std::string path, base::OwnedFd buffered, IngestTelemetry& telemetry);
  Status read_direct(u64 first, std::span<std::byte> blocks) const;

  std::string path_;
  base::OwnedFd buffered_;
  base::OwnedFd direct_;
  IngestTelemetry& telemetry_;
  DeviceShape shape_;
  u64 bytes_ = 0;
};

/// An NVMe namespace, read by commands.
class NamespaceSource final : public OpenSource {
 public:
  /// Errors: as window_of(). `path` is what the user gave, which may be the block device's.
  static Result<std::unique_ptr<NamespaceSource>> open(const FileSource& source,
                                                       std::unique_ptr<nvme::Namespace> name_space,
                                                       bool registered_commands,
                                                       IngestTelemetry& telemetry);
  ~NamespaceSource() override;
  NamespaceSource(const NamespaceSource&) = delete;
  NamespaceSource& operator=(const NamespaceSource&) = delete;

  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  /// By commands of its own, which are waited for, into memory of its own: the bytes are copied.
  /// Blocks that cannot be read are zeros.
  Result<std::size_t> read_again(std::uint64_t offset, std::span<char> target) const override;
  [[nodiscard]] std::uint64_t first_offset() const noexcept override { return shape_.first_offset; }
  [[nodiscard]] int descriptor() const noexcept override { return namespace_->descriptor(); }
  [[nodiscard]] bool direct() const noexcept override { return true; }
  [[nodiscard]] u64 current_size() const noexcept override { return bytes_; }
  [[nodiscard]] const DeviceShape* device() const noexcept override { return &shape_; }

 private:
  NamespaceSource(std::string path, std::unique_ptr<nvme::Namespace> name_space,
                  IngestTelemetry& telemetry);

  std::string path_;
  std::unique_ptr<nvme::Namespace> namespace_;
  IngestTelemetry& telemetry_;
  DeviceShape shape_;
  u64 bytes_ = 0;
};

}  // namespace vyre::ingest
