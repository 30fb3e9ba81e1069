#include "backend/cuda/translation/linked_worker.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <utility>

#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/translation/linker_fix.hpp"

namespace vyre::backend::translation {

Result<LinkedWorker> LinkedWorker::load(std::span<const std::byte> image, unsigned limit) {
  LinkedWorker loaded;
  cudaLibrary_t library = nullptr;
  cudaError_t error =
      cudaLibraryLoadData(&library, image.data(), nullptr, nullptr, 0, nullptr, nullptr, 0);
  loaded.library_ = library;
  cudaKernel_t worker = nullptr;
  if (error == cudaSuccess) error = cudaLibraryGetKernel(&worker, library, "vyre_run_worker");
  loaded.kernel_ = worker;
  int fit = 0;
  if (error == cudaSuccess) {
    error = static_cast<cudaError_t>(device::prepare_worker(worker, &fit));
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

LinkedWorker::LinkedWorker(LinkedWorker&& other) noexcept
    : library_(std::exchange(other.library_, nullptr)), kernel_(other.kernel_) {}

LinkedWorker& LinkedWorker::operator=(LinkedWorker&& other) noexcept {
  std::swap(library_, other.library_);
  std::swap(kernel_, other.kernel_);
  return *this;
}

LinkedWorker::~LinkedWorker() {
  if (library_ != nullptr) cudaLibraryUnload(static_cast<cudaLibrary_t>(library_));
}

}  // namespace vyre::backend::translation
