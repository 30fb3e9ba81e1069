#pragma once

#include <memory>
#include <string>

#include "base/owned_fd.hpp"
#include "vyre/chunk.hpp"
#include "vyre/telemetry.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// How big files are read.
enum class IoPolicy : u8 {
  /// Past the page cache where the file is at least kDirectMinimumBytes long and mostly not in it;
  /// buffered where the file system refuses that.
  kAuto,
  /// Through the page cache.
  kBuffered,
  /// Past the page cache; an error where the file system refuses.
  kDirect,
};

/// Below this the page cache is used in any case: filling it costs little, and a second run gains.
inline constexpr u64 kDirectMinimumBytes = u64{32} << 20;

/// A file with a descriptor of its own, read in chunks.
class OpenFile final : public StreamedFile {
 public:
  /// Opens a regular file; InvalidArgument naming the kind for anything else, a Syscall error where
  /// it cannot be opened. Never waits for a FIFO's writer. Counts into `telemetry`.
  static Result<std::unique_ptr<OpenFile>> open(std::string path, IoPolicy policy,
                                                IngestTelemetry& telemetry);

  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  Result<std::size_t> read_again(std::uint64_t offset, std::span<char> target) const override;

  /// The descriptor to read chunks from.
  [[nodiscard]] int descriptor() const noexcept;
  [[nodiscard]] bool direct() const noexcept { return static_cast<bool>(direct_); }
  /// Gives up O_DIRECT, where the policy allows that; false where it does not.
  bool fall_back_to_buffered();
  /// The size now, bytes; 0 where fstat fails.
  [[nodiscard]] u64 current_size() const noexcept;

  void set_error(Error error) { error_ = std::make_unique<Error>(std::move(error)); }
  [[nodiscard]] const Error* error() const noexcept { return error_.get(); }

 private:
  OpenFile(std::string path, base::OwnedFd buffered, IoPolicy policy);

  std::string path_;
  base::OwnedFd buffered_;
  base::OwnedFd direct_;
  IoPolicy policy_;
  std::unique_ptr<Error> error_;
};

}  // namespace vyre::ingest
