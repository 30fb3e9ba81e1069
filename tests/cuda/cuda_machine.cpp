#include "backend/cuda/cuda_backend.hpp"
#include "backend/cuda/cuda_devices.hpp"
#include "tests/backend/machine.hpp"

namespace vyre::backend {

// A hang that a test did not ask for is a failure: it must not take long to be seen.
std::unique_ptr<Backend> make_test_backend(unsigned) {
  return make_cuda_backend({.hang_after = std::chrono::seconds(5), .compiles_all = true}).value();
}

BackendChoice test_backend() { return {.kind = BackendKind::kCuda}; }

std::string missing_machine() {
  static const std::string reason = [] {
    const auto devices = cuda_devices();
    return devices ? std::string() : devices.error().message();
  }();
  return reason;
}

std::chrono::seconds patience() { return std::chrono::seconds(10); }

}  // namespace vyre::backend
