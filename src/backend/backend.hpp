#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/context.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// Zeroed memory that the host and the workers both reach, page-aligned. Move-only; released on
/// destruction, so destroy it only when no worker can touch it.
class SharedMemory {
 public:
  using Release = void (*)(std::byte* data, std::size_t bytes) noexcept;
  SharedMemory() noexcept = default;
  SharedMemory(std::span<std::byte> bytes, Release release) noexcept
      : bytes_(bytes), release_(release) {}
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<std::byte> bytes_;
  Release release_ = nullptr;
};

/// The machine that runs the kernel: the narrow seam between Megakernel and a CPU or a GPU.
/// Thread-safe where it says so; else driven by the Megakernel alone.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Errors: InvalidArgument for 0 bytes, Syscall where memory is short.
  virtual Result<SharedMemory> allocate(std::size_t bytes) = 0;

  /// Prepares a verified automaton table for this machine; the result is handed to the workers as
  /// TableView::plan and owned by the backend until it is destroyed. Null: none needed.
  virtual Result<const void*> prepare(std::span<const std::byte> automaton_table) = 0;

  /// Starts the workers; `context` outlives them. Errors: Syscall.
  virtual Status start(kernel::Context& context) = 0;
  /// Waits until every worker has exited, after `context.control` told them to. Idempotent.
  virtual Status join() = 0;
  /// Work may have come: wakes an idle worker. Thread-safe, wait-free where none sleeps.
  virtual void ring_doorbell() noexcept = 0;
  /// The same, for every worker (a stop, a change of masks).
  virtual void ring_all() noexcept = 0;
  /// The number of workers that `start` runs.
  [[nodiscard]] virtual unsigned workers() const noexcept = 0;
  /// What broke the machine, sticky; none while it is well. Thread-safe.
  [[nodiscard]] virtual std::optional<Error> fault() const = 0;
};

}  // namespace vyre::backend
