#include "backend/cuda/translation/program_linker.hpp"

#include <cuda.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "backend/cuda/driver_function.hpp"
#include "backend/cuda/translation/linker_fix.hpp"
#include "backend/cuda/translation/translate.hpp"
#include "backend/cuda/translation/worker_image.hpp"

namespace vyre::backend::translation {
namespace {

/// Four workers of 128 threads share the 65,536 registers of a multiprocessor (CUDA C++ Programming
/// Guide, "Compute Capabilities").
constexpr std::uintptr_t kRegisters = 128;

/// The driver's linker, whose functions come from the driver's library.
class Linker {
 public:
  Linker(const Linker&) = delete;
  Linker& operator=(const Linker&) = delete;
  ~Linker() {
    if (state_ != nullptr) static_cast<void>(destroy_(state_));
  }

  static Result<std::vector<std::byte>> link(std::span<const std::string> modules,
                                             const std::string& directory) {
    Linker linker;
    if (Status status = linker.open(); !status) return tl::unexpected(status.error());
    const std::span<const std::byte> worker = worker_image();
    CUresult result = linker.add(CU_JIT_INPUT_FATBINARY, worker.data(), worker.size(), "worker");
    if (result == CUDA_SUCCESS) result = linker.add_text(directory, "directory");
    for (std::size_t i = 0; i < modules.size() && result == CUDA_SUCCESS; ++i) {
      if (!modules[i].empty()) result = linker.add_text(modules[i], function_name(i));
    }
    void* image = nullptr;
    std::size_t bytes = 0;
    if (result == CUDA_SUCCESS) result = linker.complete_(linker.state_, &image, &bytes);
    if (result != CUDA_SUCCESS) return tl::unexpected(linker.error(result));
    // The image is the linker's.
    const auto* first = static_cast<const std::byte*>(image);
    return std::vector<std::byte>(first, first + bytes);
  }

 private:
  Linker() = default;

  template <class Function>
  static Status find(const char* name, Function*& function) {
    const auto found = driver_function<Function>(name);
    if (!found) return tl::unexpected(found.error());
    function = *found;
    if (function != nullptr) return {};
    return tl::unexpected(unavailable(fmt::format("the driver has no {}", name), kLinkerFix));
  }

  Status open() {
    Status status = find("cuLinkCreate", create_);
    if (status) status = find("cuLinkAddData", add_);
    if (status) status = find("cuLinkComplete", complete_);
    if (status) status = find("cuLinkDestroy", destroy_);
    if (!status) return status;
    std::array options{CU_JIT_MAX_REGISTERS, CU_JIT_ERROR_LOG_BUFFER,
                       CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    std::array<void*, options.size()> values{reinterpret_cast<void*>(kRegisters), log_.data(),
                                             reinterpret_cast<void*>(log_.size())};
    const CUresult result = create_(options.size(), options.data(), values.data(), &state_);
    if (result != CUDA_SUCCESS) return tl::unexpected(error(result));
    return {};
  }

  CUresult add(CUjitInputType type, const void* data, std::size_t bytes, const char* name) {
    return add_(state_, type, const_cast<void*>(data), bytes, name, 0, nullptr, nullptr);
  }

  // PTX is a text that ends with a 0.
  CUresult add_text(const std::string& text, const std::string& name) {
    return add(CU_JIT_INPUT_PTX, text.c_str(), text.size() + 1, name.c_str());
  }

  [[nodiscard]] Error error(CUresult result) const {
    return unavailable(fmt::format("the driver cannot link programs (CUresult {}): {}",
                                   static_cast<int>(result), log_.data()),
                       kLinkerFix);
  }

  decltype(cuLinkCreate)* create_ = nullptr;
  decltype(cuLinkAddData)* add_ = nullptr;
  decltype(cuLinkComplete)* complete_ = nullptr;
  decltype(cuLinkDestroy)* destroy_ = nullptr;
  CUlinkState state_ = nullptr;
  std::array<char, 4096> log_{};
};

}  // namespace

Result<std::vector<std::byte>> link_with_worker(std::span<const std::string> modules,
                                                const std::string& directory) {
  return Linker::link(modules, directory);
}

}  // namespace vyre::backend::translation
