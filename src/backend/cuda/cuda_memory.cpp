#include "backend/cuda/cuda_memory.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "backend/cuda/cuda_abilities.hpp"
#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/cuda_piece.hpp"
#include "backend/cuda/current_device.hpp"
#include "base/check.hpp"
#include "base/checked.hpp"

namespace vyre::backend {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kExportGranularity = std::size_t{2} << 20;
constexpr std::size_t kStagingBytes = std::size_t{256} << 10;

struct Registry {
  std::mutex mutex;
  std::map<int, std::shared_ptr<CudaMemory>> memories;
};

// Never destroyed: at the end of the process CUDA may be gone already, or a kernel may hang.
Registry& registry() {
  static Registry& only = *new Registry;
  return only;
}

Status require_shared_addresses(int device) {
  const Result<CudaAbilities> abilities = cuda_abilities(device);
  if (!abilities) return tl::unexpected(abilities.error());
  if (abilities->shares_host_memory) return {};
  return tl::unexpected(unavailable(
      fmt::format("CUDA device {} cannot use host memory by the host's addresses", device),
      "use another device, or the CPU backend"));
}

}  // namespace

Result<std::shared_ptr<CudaMemory>> CudaMemory::create(const CudaDevice& device) {
  const std::lock_guard lock(registry().mutex);
  std::shared_ptr<CudaMemory>& known = registry().memories[device.index];
  if (known != nullptr && !known->is_abandoned()) return known;
  std::shared_ptr<CudaMemory> made(new CudaMemory(device.index));
  if (Status opened = made->open(); !opened) return tl::unexpected(std::move(opened.error()));
  known = made;
  return made;
}

Status CudaMemory::open() {
  const CurrentDevice current(device_);
  if (Status used = current.status(); !used) return used;
  if (Status shares = require_shared_addresses(device_); !shares) return shares;
  void* staging = nullptr;
  if (const cudaError_t error = cudaHostAlloc(&staging, kStagingBytes, cudaHostAllocPortable);
      error != cudaSuccess) {
    return tl::unexpected(
        cuda_error(error, fmt::format("cudaHostAlloc of {} bytes", kStagingBytes), "free memory"));
  }
  cudaStream_t stream = nullptr;
  if (const cudaError_t error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
      error != cudaSuccess) {
    static_cast<void>(cudaFreeHost(staging));
    return tl::unexpected(cuda_error(error, "cudaStreamCreate"));
  }
  staging_ = static_cast<std::byte*>(staging);
  stream_ = stream;
  return {};
}

Result<CudaMemory::Obtained> CudaMemory::obtain(CudaPieceKind kind, std::size_t bytes) {
  const std::size_t granularity = kind == CudaPieceKind::kExportable ? kExportGranularity : kPage;
  if (bytes == 0 || bytes > std::numeric_limits<std::size_t>::max() / 2) {
    return tl::unexpected(invalid_argument(fmt::format("an allocation of {} bytes", bytes),
                                           "ask for at least 1 byte and less than there is"));
  }
  const std::size_t size = base::align_up(bytes, granularity);
  {
    const std::lock_guard lock(state_mutex_);
    if (abandoned_) {
      return tl::unexpected(Error{ErrorCode::kDeviceFault, 0,
                                  fmt::format("CUDA device {} was given up after a fault", device_),
                                  "start the process again"});
    }
    if (const auto piece = released_.take(kind, size)) return Obtained{*piece, size, false};
  }
  auto made = make_cuda_piece(kind, size, granularity);
  if (!made) return tl::unexpected(std::move(made.error()));
  return Obtained{*made, size, true};
}

Status CudaMemory::zero(const Obtained& obtained) {
  const std::span<std::byte> bytes = obtained.piece.bytes.first(obtained.size);
  switch (obtained.piece.kind) {
    case CudaPieceKind::kBuffer:
      // Fresh anonymous pages are zero.
      if (!obtained.fresh) std::memset(bytes.data(), 0, bytes.size());
      return {};
    case CudaPieceKind::kShared:
      std::memset(bytes.data(), 0, bytes.size());
      return {};
    case CudaPieceKind::kWorkers:
    case CudaPieceKind::kExportable:
      return zero_on_device(bytes);
  }
  return {};
}

// By copies of zeros, not by cudaMemset: that may be a kernel, which would wait for a free
// multiprocessor while persistent kernels hold them all.
Status CudaMemory::zero_on_device(std::span<std::byte> target) {
  const std::lock_guard lock(copy_mutex_);
  auto* const stream = static_cast<cudaStream_t>(stream_);
  std::memset(staging_, 0, kStagingBytes);
  cudaError_t error = cudaSuccess;
  for (std::size_t done = 0; done < target.size() && error == cudaSuccess; done += kStagingBytes) {
    const std::size_t count = std::min(kStagingBytes, target.size() - done);
    error = cudaMemcpyAsync(target.data() + done, staging_, count, cudaMemcpyHostToDevice, stream);
  }
  // Also after a failure: copies under way still read the staging buffer.
  const cudaError_t finished = cudaStreamSynchronize(stream);
  if (error == cudaSuccess) error = finished;
  if (error == cudaSuccess) return {};
  return tl::unexpected(
      cuda_error(error, fmt::format("zeroing of {} bytes of device memory", target.size())));
}

Result<CudaMemory::Obtained> CudaMemory::obtain_zeroed(CudaPieceKind kind, std::size_t bytes) {
  const CurrentDevice current(device_);
  if (Status used = current.status(); !used) return tl::unexpected(std::move(used.error()));
  auto obtained = obtain(kind, bytes);
  if (!obtained) return obtained;
  if (Status zeroed = zero(*obtained); !zeroed) {
    release(obtained->piece);
    return tl::unexpected(std::move(zeroed.error()));
  }
  return obtained;
}

CudaMemory::Release CudaMemory::release_of(const CudaPiece& piece) {
  return [self = shared_from_this(), piece](std::span<std::byte>) { self->release(piece); };
}

Result<SharedMemory> CudaMemory::allocate_shared(std::size_t bytes) {
  auto obtained = obtain_zeroed(CudaPieceKind::kShared, bytes);
  if (!obtained) return tl::unexpected(std::move(obtained.error()));
  return SharedMemory(obtained->piece.bytes.first(bytes), release_of(obtained->piece));
}

Result<WorkerMemory> CudaMemory::allocate_for_workers(std::size_t bytes) {
  auto obtained = obtain_zeroed(CudaPieceKind::kWorkers, bytes);
  if (!obtained) return tl::unexpected(std::move(obtained.error()));
  return WorkerMemory(obtained->piece.bytes.first(bytes), release_of(obtained->piece));
}

Result<WorkerMemory> CudaMemory::allocate_exportable(std::size_t bytes) {
  auto obtained = obtain_zeroed(CudaPieceKind::kExportable, bytes);
  if (!obtained) return tl::unexpected(std::move(obtained.error()));
  return WorkerMemory(obtained->piece.bytes.first(obtained->size), release_of(obtained->piece));
}

Result<memory::MappedBuffer> CudaMemory::map_buffer(std::size_t bytes) {
  auto obtained = obtain_zeroed(CudaPieceKind::kBuffer, bytes);
  if (!obtained) return tl::unexpected(std::move(obtained.error()));
  return memory::MappedBuffer::adopt(obtained->piece.bytes.first(obtained->size),
                                     memory::MemoryKind::kCudaRegistered,
                                     release_of(obtained->piece));
}

Status CudaMemory::write(std::byte* target, std::span<const std::byte> bytes) {
  const CurrentDevice current(device_);
  if (Status used = current.status(); !used) return used;
  const std::lock_guard lock(copy_mutex_);
  auto* const stream = static_cast<cudaStream_t>(stream_);
  for (std::size_t done = 0; done < bytes.size(); done += kStagingBytes) {
    const std::size_t count = std::min(kStagingBytes, bytes.size() - done);
    std::memcpy(staging_, bytes.data() + done, count);
    cudaError_t error =
        cudaMemcpyAsync(target + done, staging_, count, cudaMemcpyHostToDevice, stream);
    if (error == cudaSuccess) error = cudaStreamSynchronize(stream);
    if (error != cudaSuccess) {
      return tl::unexpected(
          cuda_error(error, fmt::format("copy of {} bytes to the device", bytes.size())));
    }
  }
  return {};
}

Status CudaMemory::read(const std::byte* source, std::span<std::byte> bytes) const {
  const CurrentDevice current(device_);
  if (Status used = current.status(); !used) return used;
  const std::lock_guard lock(copy_mutex_);
  auto* const stream = static_cast<cudaStream_t>(stream_);
  for (std::size_t done = 0; done < bytes.size(); done += kStagingBytes) {
    const std::size_t count = std::min(kStagingBytes, bytes.size() - done);
    cudaError_t error =
        cudaMemcpyAsync(staging_, source + done, count, cudaMemcpyDeviceToHost, stream);
    if (error == cudaSuccess) error = cudaStreamSynchronize(stream);
    if (error != cudaSuccess) {
      return tl::unexpected(
          cuda_error(error, fmt::format("copy of {} bytes from the device", bytes.size())));
    }
    std::memcpy(bytes.data() + done, staging_, count);
  }
  return {};
}

bool CudaMemory::is_device(const std::byte* address) const noexcept {
  const CurrentDevice current(device_);
  cudaPointerAttributes attributes{};
  if (!current.status() || cudaPointerGetAttributes(&attributes, address) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return false;
  }
  return attributes.type == cudaMemoryTypeDevice && attributes.device == device_;
}

void CudaMemory::kernel_started() noexcept {
  const std::lock_guard lock(state_mutex_);
  ++kernels_;
}

void CudaMemory::kernel_stopped() noexcept {
  const std::lock_guard lock(state_mutex_);
  if (abandoned_) return;
  VYRE_CHECK(kernels_ != 0);
  if (--kernels_ != 0) return;
  const CurrentDevice current(device_);
  for (const CudaPiece& piece : released_.take_all()) free_cuda_piece(piece);
}

void CudaMemory::abandon() noexcept {
  const std::lock_guard lock(state_mutex_);
  abandoned_ = true;
}

void CudaMemory::release(const CudaPiece& piece) noexcept {
  const std::lock_guard lock(state_mutex_);
  if (abandoned_) return;
  if (kernels_ != 0) {
    released_.put(piece);
    return;
  }
  const CurrentDevice current(device_);
  free_cuda_piece(piece);
}

bool CudaMemory::is_abandoned() const {
  const std::lock_guard lock(state_mutex_);
  return abandoned_;
}

CudaMemory::Waiting CudaMemory::waiting() const {
  const std::lock_guard lock(state_mutex_);
  return {released_.count(), released_.bytes()};
}

}  // namespace vyre::backend
