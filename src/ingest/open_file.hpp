#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/owned_fd.hpp"
#include "ingest/open_source.hpp"
#include "ingest/shared_file.hpp"
#include "vyre/io_policy.hpp"
#include "vyre/path_certificate.hpp"
#include "vyre/telemetry.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// Below this the page cache is used in any case: filling it costs little, and a second run gains.
inline constexpr u64 kDirectMinimumBytes = u64{32} << 20;

/// A file with a descriptor of its own, read in chunks. One thread.
class OpenFile final : public OpenSource {
 public:
  /// Opens a regular file; InvalidArgument naming the kind for anything else, a Syscall error where
  /// it cannot be opened, Unavailable where kDirect is refused. Never waits for a FIFO's writer.
  /// `telemetry` counts opens, closes and refusals, and outlives the file. `shared`: where it is
  /// not null, the file, which its path only names; that cannot fail but where kDirect is refused.
  static Result<std::unique_ptr<OpenFile>> open(std::string path, IoPolicy policy,
                                                IngestTelemetry& telemetry,
                                                std::shared_ptr<const SharedFile> shared = nullptr);
  ~OpenFile() override;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  Result<std::size_t> read_again(std::uint64_t offset, std::span<char> target) const override;

  [[nodiscard]] int descriptor() const noexcept override {
    return direct_ ? direct_.get() : buffered();
  }
  [[nodiscard]] bool direct() const noexcept override { return static_cast<bool>(direct_); }
  bool fall_back_to_buffered() override;
  /// 0 where fstat fails.
  [[nodiscard]] u64 current_size() const noexcept override;
  /// The file system says at which alignment it reads past the page cache (STATX_DIOALIGN). One
  /// that does not may answer O_DIRECT out of its page cache, by a copy: tmpfs does.
  [[nodiscard]] bool bypass_is_certain() const noexcept;
  /// Why the page cache is not gone past; nothing where it is.
  [[nodiscard]] std::optional<PathReason> obstacle() const noexcept { return obstacle_; }

 private:
  OpenFile(std::string path, base::OwnedFd buffered, IngestTelemetry& telemetry,
           std::shared_ptr<const SharedFile> shared);
  Status choose(IoPolicy policy);
  [[nodiscard]] int buffered() const noexcept;
  [[nodiscard]] base::OwnedFd open_direct() const;
  bool count_refusal();

  std::string path_;
  /// Null but for a part of a file.
  std::shared_ptr<const SharedFile> shared_;
  /// Empty where the file could not be opened once more: then the shared one is read.
  base::OwnedFd buffered_;
  base::OwnedFd direct_;
  IoPolicy policy_ = IoPolicy::kBuffered;
  std::optional<PathReason> obstacle_ = PathReason::kBufferedAsked;
  IngestTelemetry& telemetry_;
};

/// Opens a regular file for reads that wait, its page cache not gone past; errors as of
/// OpenFile::open().
Result<base::OwnedFd> open_regular_file(const std::string& path);

/// Of a file of kDirectMinimumBytes or more: whether most of it is absent from the page cache, by
/// samples that lie evenly in it; nothing where the kernel cannot tell.
std::optional<bool> mostly_uncached(int descriptor, u64 size);

/// "a FIFO", "a directory", ... for the kind bits of `mode`.
const char* kind_of_file(u32 mode) noexcept;

/// An open(2) or read(2) failure of a file whose path the reader knows already.
Error file_error(const char* operation, int error_number);

/// Reads until `target` is full or the file ends; returns the bytes read.
Result<std::size_t> read_whole(int descriptor, u64 offset, std::span<char> target);

}  // namespace vyre::ingest
