#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "vyre/error.hpp"

namespace vyre::memory {

/// A part of a MappedBuffer that is in use: while one exists, its buffer may not be destroyed.
/// Move-only. May be moved to and destroyed on another thread than the buffer's.
class Region {
 public:
  Region() noexcept = default;
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  ~Region();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::byte* data() const noexcept { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  explicit operator bool() const noexcept { return uses_ != nullptr; }

 private:
  friend class MappedBuffer;
  Region(std::span<std::byte> bytes, std::atomic<std::size_t>* uses) noexcept;
  void release() noexcept;

  std::span<std::byte> bytes_;
  std::atomic<std::size_t>* uses_ = nullptr;
};

/// What the pages of a MappedBuffer are.
enum class MemoryKind : std::uint8_t {
  /// The process's own.
  kAnonymous,
  /// The process's own, pinned and mapped into the address space of CUDA devices.
  kCudaRegistered,
  /// A CUDA device's own, mapped into the process: reads into them go from peer to peer.
  kPeerMapped,
};

/// "anonymous", "cuda-registered", "peer-mapped".
std::string_view to_string(MemoryKind kind) noexcept;

/// Memory that the kernel (and a device) may write by address. Move-only; its address never
/// changes. Destroying it while a Region of it exists is a checked fault.
class MappedBuffer {
 public:
  /// Takes the buffer's pages, when nothing of the process uses them any more, and decides when
  /// they go. Called once, in the thread that destroys the buffer; must not throw.
  using Release = std::function<void(std::span<std::byte>)>;

  /// Anonymous zeroed memory of at least `bytes` (1 or more), rounded up to pages. From 2 MiB on it
  /// is aligned to 2 MiB and huge pages are asked for. Nothing is resident until it is touched.
  static Result<MappedBuffer> anonymous(std::size_t bytes);

  /// Pages that somebody else mapped, whole and at least one byte; `release` gets them back.
  static MappedBuffer adopt(std::span<std::byte> pages, MemoryKind kind, Release release);

  /// Parts the pages from the buffer, which is then as if moved from: they are the caller's, and
  /// stay mapped until it unmaps them. For one who makes another kind of them. As destruction, a
  /// checked fault while a Region exists.
  [[nodiscard]] std::span<std::byte> detach() noexcept;

  MappedBuffer(MappedBuffer&& other) noexcept;
  MappedBuffer& operator=(MappedBuffer&& other) noexcept;
  ~MappedBuffer();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }
  [[nodiscard]] MemoryKind kind() const noexcept { return kind_; }

  /// [offset, offset + length) of the buffer, counted as a use; InvalidArgument where that is
  /// empty, out of bounds or overflows.
  [[nodiscard]] Result<Region> region(std::size_t offset, std::size_t length) const;

  /// Bytes that are backed by huge pages now, as /proc/self/smaps tells; 0 where it cannot be
  /// read. Reads a file: for reports, not for hot paths.
  [[nodiscard]] std::size_t huge_page_bytes() const;

 private:
  MappedBuffer(std::span<std::byte> pages, MemoryKind kind, Release release);
  void release() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  MemoryKind kind_ = MemoryKind::kAnonymous;
  Release release_;
  std::unique_ptr<std::atomic<std::size_t>> uses_;
};

}  // namespace vyre::memory
