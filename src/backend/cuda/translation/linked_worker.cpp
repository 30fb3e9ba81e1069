#include "backend/cuda/translation/linked_worker.hpp"

#include <cuda.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <utility>

#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/driver_function.hpp"
#include "backend/cuda/translation/linker_fix.hpp"

namespace vyre::backend::translation {

Result<LinkedWorker> LinkedWorker::open(std::span<const std::byte> image) {
  LinkedWorker opened;
  cudaLibrary_t library = nullptr;
  cudaError_t error =
      cudaLibraryLoadData(&library, image.data(), nullptr, nullptr, 0, nullptr, nullptr, 0);
  opened.library_ = library;
  cudaKernel_t worker = nullptr;
  if (error == cudaSuccess) error = cudaLibraryGetKernel(&worker, library, "vyre_run_worker");
  opened.kernel_ = worker;
  if (error == cudaSuccess) return opened;
  return tl::unexpected(cuda_error(error, "opening of linked programs", kLinkerFix));
}

bool LinkedWorker::loads_lazily() {
  const auto get_mode = driver_function<decltype(cuModuleGetLoadingMode)>("cuModuleGetLoadingMode");
  CUmoduleLoadingMode mode = CU_MODULE_EAGER_LOADING;
  return get_mode && *get_mode != nullptr && (*get_mode)(&mode) == CUDA_SUCCESS &&
         mode == CU_MODULE_LAZY_LOADING;
}

Status LinkedWorker::load(unsigned limit) {
  int fit = 0;
  const int error = device::prepare_worker(kernel_, &fit);
  if (error != cudaSuccess) {
    return tl::unexpected(cuda_error(error, "loading of linked programs", kLinkerFix));
  }
  if (fit >= static_cast<int>(limit)) return {};
  return tl::unexpected(unavailable(
      fmt::format("of the kernel with linked programs a multiprocessor takes {} workers of {}", fit,
                  limit),
      kLinkerFix));
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
