#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include "backend/backend.hpp"
#include "backend/cuda/cuda_devices.hpp"
#include "backend/cuda/released_pieces.hpp"
#include "memory/mapped_buffer.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// All memory of one CUDA device that this process shares with persistent kernels on it.
/// Thread-safe throughout. Every address that it gives is the same for host and device.
///
/// Who may touch what, until when:
/// - A piece (SharedMemory, WorkerMemory, MappedBuffer) belongs to whoever holds it. He destroys it
///   only when no worker will look at it again, and for a buffer no read is under way. A kernel
///   that runs on is no hindrance: CUDA's own release would wait for its end, so the piece goes to
///   a list instead, from where it is given out again or freed when the last kernel has stopped.
/// - So an address stays mapped at least as long as a kernel runs that began before its release.
/// - Pieces may outlive the backend and every session; each holds this object.
/// - After abandon() every address stays mapped and none is given out again, since a kernel that
///   hangs may go on some day. Only the end of the process takes them back.
class CudaMemory : public std::enable_shared_from_this<CudaMemory> {
 public:
  /// The device's memory, one per device and process: sessions beside each other share it, because
  /// a kernel of one makes the other's releases wait. Lives as long as the process. Unavailable
  /// where the device cannot use host addresses as they are.
  ///
  /// After abandon() the next call makes a new one, for a device that was reset meanwhile.
  static Result<std::shared_ptr<CudaMemory>> create(const CudaDevice& device);

  CudaMemory(const CudaMemory&) = delete;
  CudaMemory& operator=(const CudaMemory&) = delete;

  /// As Backend::allocate_shared, allocate_for_workers and map_buffer: zeroed, page-aligned, beside
  /// a running kernel too. InvalidArgument for 0 bytes, Unavailable where memory is short,
  /// DeviceFault for a broken device or after abandon().
  Result<SharedMemory> allocate_shared(std::size_t bytes);
  Result<WorkerMemory> allocate_for_workers(std::size_t bytes);
  /// Huge pages from 2 MiB on, resident, pinned; may be registered with io_uring too, whose
  /// registration must end before the buffer does (memory::Region sees to it).
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes);
  /// Device memory that begins and ends at multiples of 2 MiB, as dma-buf export wants it. Not
  /// given out again after its release.
  Result<WorkerMemory> allocate_exportable(std::size_t bytes);

  /// As Backend::write and read: through a staging buffer, on a stream of their own, by the copy
  /// engine alone, so that a kernel which fills every multiprocessor does not delay them. One copy
  /// at a time, in pieces of 256 KiB with a wait after each: for words and tables, not for files.
  /// DeviceFault where the device is broken.
  Status write(std::byte* target, std::span<const std::byte> bytes);
  Status read(const std::byte* source, std::span<std::byte> bytes) const;

  /// True where the address lies in this device's own memory. A call of the driver: not per chunk.
  [[nodiscard]] bool is_device(const std::byte* address) const noexcept;

  /// Call before a persistent kernel is launched; waits for releases under way. Kernels are
  /// counted.
  void kernel_started() noexcept;
  /// Call after it has exited (or where its launch failed); with the last one, frees what was
  /// released meanwhile, which takes as long as CUDA takes.
  void kernel_stopped() noexcept;
  /// The device is lost or its kernel hangs: from now on nothing is given out, freed or unmapped.
  /// Never waits for the device. Idempotent; the kernel needs no kernel_stopped() any more.
  void abandon() noexcept;

  struct Waiting {
    std::size_t pieces = 0;
    std::size_t bytes = 0;
  };
  /// What was released and waits for the last kernel's end.
  [[nodiscard]] Waiting waiting() const;
  [[nodiscard]] int device_index() const noexcept { return device_; }

 private:
  using Release = std::function<void(std::span<std::byte>)>;
  struct Obtained {
    CudaPiece piece;
    /// The bytes asked for, rounded up to what the kind is given in; the piece has at least so
    /// many.
    std::size_t size = 0;
    /// Nobody had it before.
    bool fresh = false;
  };

  explicit CudaMemory(int device) noexcept : device_(device) {}
  Status open();
  Result<Obtained> obtain(CudaPieceKind kind, std::size_t bytes);
  Result<Obtained> obtain_zeroed(CudaPieceKind kind, std::size_t bytes);
  Status zero(const Obtained& obtained);
  Status zero_on_device(std::span<std::byte> target);
  Release release_of(const CudaPiece& piece);
  void release(const CudaPiece& piece) noexcept;
  [[nodiscard]] bool is_abandoned() const;

  const int device_;

  mutable std::mutex copy_mutex_;
  /// A cudaStream_t and pinned memory; used under copy_mutex_.
  void* stream_ = nullptr;
  std::byte* staging_ = nullptr;

  /// Held while anything is freed, so that no kernel starts meanwhile.
  mutable std::mutex state_mutex_;
  unsigned kernels_ = 0;
  bool abandoned_ = false;
  ReleasedPieces released_;
};

}  // namespace vyre::backend
