#include "backend/cuda/translation/linked_kernels.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <utility>

#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/translation/linker_fix.hpp"

namespace vyre::backend::translation {

Result<LinkedKernels> LinkedKernels::load(std::span<const std::byte> image, unsigned limit) {
  LinkedKernels loaded;
  cudaLibrary_t library = nullptr;
  cudaError_t error =
      cudaLibraryLoadData(&library, image.data(), nullptr, nullptr, 0, nullptr, nullptr, 0);
  loaded.library_ = library;
  cudaKernel_t dispatcher = nullptr;
  cudaKernel_t worker = nullptr;
  if (error == cudaSuccess) error = cudaLibraryGetKernel(&dispatcher, library, "vyre_dispatch");
  if (error == cudaSuccess) error = cudaLibraryGetKernel(&worker, library, "vyre_run_worker");
  loaded.kernels_ = {dispatcher, worker};
  int fit = 0;
  if (error == cudaSuccess) {
    error = static_cast<cudaError_t>(device::prepare_kernels(loaded.kernels_, &fit));
  }
  if (error != cudaSuccess) {
    return tl::unexpected(cuda_error(error, "loading of linked programs", kLinkerFix));
  }
  if (fit < static_cast<int>(limit)) {
    return tl::unexpected(unavailable(
        fmt::format("of the kernel with linked programs a multiprocessor takes {} workers of {}",
                    fit, limit),
        kLinkerFix));
  }
  return loaded;
}

LinkedKernels::LinkedKernels(LinkedKernels&& other) noexcept
    : library_(std::exchange(other.library_, nullptr)), kernels_(other.kernels_) {}

LinkedKernels& LinkedKernels::operator=(LinkedKernels&& other) noexcept {
  std::swap(library_, other.library_);
  std::swap(kernels_, other.kernels_);
  return *this;
}

LinkedKernels::~LinkedKernels() {
  if (library_ != nullptr) cudaLibraryUnload(static_cast<cudaLibrary_t>(library_));
}

}  // namespace vyre::backend::translation
