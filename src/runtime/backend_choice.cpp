#include "runtime/backend_choice.hpp"

#include <cstdlib>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda/cuda_backend.hpp"

namespace vyre::runtime {
namespace {

Result<ChosenBackend> describe(Result<std::unique_ptr<backend::Backend>> machine,
                               std::string reason = {}) {
  if (!machine) return tl::unexpected(std::move(machine.error()));
  BackendDescription description = (*machine)->description();
  description.reason = std::move(reason);
  return ChosenBackend{std::move(*machine), std::move(description)};
}

/// VYRE_CUDA_INJECT breaks the device on purpose, so that what users see then can be tested.
Result<std::unique_ptr<backend::Backend>> make_cuda(const std::string& device) {
  const char* wanted = std::getenv("VYRE_CUDA_INJECT");
  const auto injection = backend::parse_fault_injection(wanted == nullptr ? "" : wanted);
  if (!injection) return tl::unexpected(injection.error());
  return backend::make_cuda_backend({.device = device, .injection = *injection});
}

}  // namespace

Result<ChosenBackend> choose_backend(const BackendChoice& choice, unsigned cpu_workers) {
  std::string reason;
  if (choice.kind != BackendKind::kCpu) {
    auto machine = make_cuda(choice.device);
    const bool must = choice.kind == BackendKind::kCuda || !choice.device.empty();
    if (machine || must) return describe(std::move(machine));
    reason = machine.error().what;
  }
  return describe(backend::make_cpu_backend({.workers = cpu_workers}), std::move(reason));
}

}  // namespace vyre::runtime
