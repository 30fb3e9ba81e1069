#include "backend/cuda/device_buffer.hpp"

#include <cuda.h>
#include <cuda_runtime_api.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/current_device.hpp"
#include "backend/cuda/driver_function.hpp"

namespace vyre::backend {
namespace {

// The kernel's own ENOTSUPP, which the C library does not know.
constexpr int kNotSupported = 524;
using ExportFunction = decltype(cuMemGetHandleForAddressRange);

Result<ExportFunction*> export_function() {
  constexpr const char* kName = "cuMemGetHandleForAddressRange";
  auto function = driver_function<ExportFunction>(kName);
  if (function && *function == nullptr) {
    return tl::unexpected(unavailable(fmt::format("the NVIDIA driver has no {}", kName),
                                      "install a driver for CUDA 11.7 or newer"));
  }
  return function;
}

Error mapping_error(std::size_t bytes, int error_number) {
  const std::string operation =
      fmt::format("mmap of the dma-buf of {} bytes of device memory", bytes);
  std::string reason = syscall_error(operation, error_number).what;
  if (error_number == kNotSupported) {
    reason =
        fmt::format("{}: the driver does not map it (errno {}, ENOTSUPP)", operation, error_number);
  }
  return unavailable(std::move(reason),
                     "it takes a GPU whose PCI BAR1 covers all its memory and is mapped once and "
                     "for all (static BAR1), under NVIDIA's open kernel modules");
}

}  // namespace

DeviceBuffer::DeviceBuffer(std::shared_ptr<CudaMemory> memory, WorkerMemory device)
    : memory_(std::move(memory)),
      device_(std::make_shared<const WorkerMemory>(std::move(device))) {}

Result<DeviceBuffer> DeviceBuffer::create(std::shared_ptr<CudaMemory> memory, std::size_t bytes) {
  auto device = memory->allocate_exportable(bytes);
  if (!device) return tl::unexpected(std::move(device.error()));
  return DeviceBuffer(std::move(memory), std::move(*device));
}

Result<base::OwnedFd> DeviceBuffer::export_dma_buf() const {
  const CurrentDevice current(memory_->device_index());
  if (Status used = current.status(); !used) return tl::unexpected(std::move(used.error()));
  const Result<ExportFunction*> function = export_function();
  if (!function) return tl::unexpected(function.error());
  int descriptor = -1;
  const std::span<std::byte> range = bytes();
  const CUresult result = (*function)(&descriptor, reinterpret_cast<std::uintptr_t>(range.data()),
                                      range.size(), CU_MEM_RANGE_HANDLE_TYPE_DMA_BUF_FD, 0);
  if (result != CUDA_SUCCESS) {
    // The driver's codes have the runtime's numbers.
    return tl::unexpected(
        cuda_error(static_cast<int>(result),
                   fmt::format("export of {} bytes of device memory as a dma-buf", range.size()),
                   "use NVIDIA's open kernel modules and a kernel with CONFIG_DMA_SHARED_BUFFER"));
  }
  base::OwnedFd exported(descriptor);
  static_cast<void>(::fcntl(exported.get(), F_SETFD, FD_CLOEXEC));
  return exported;
}

Result<memory::MappedBuffer> DeviceBuffer::map_peer() const {
  const Result<base::OwnedFd> exported = export_dma_buf();
  if (!exported) return tl::unexpected(exported.error());
  const std::size_t size = bytes().size();
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, exported->get(), 0);
  if (mapped == MAP_FAILED) return tl::unexpected(mapping_error(size, errno));
  return memory::MappedBuffer::adopt(
      {static_cast<std::byte*>(mapped), size}, memory::MemoryKind::kPeerMapped,
      [device = device_](std::span<std::byte> pages) { ::munmap(pages.data(), pages.size()); });
}

}  // namespace vyre::backend
