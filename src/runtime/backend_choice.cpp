#include "runtime/backend_choice.hpp"

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda/cuda_backend.hpp"
#include "runtime/injections.hpp"

namespace vyre::runtime {
namespace {

Result<ChosenBackend> describe(Result<std::unique_ptr<backend::Backend>> machine,
                               std::string reason = {}) {
  if (!machine) return tl::unexpected(std::move(machine.error()));
  BackendDescription description = (*machine)->description();
  description.reason = std::move(reason);
  return ChosenBackend{std::move(*machine), std::move(description)};
}

Result<std::unique_ptr<backend::Backend>> make_cuda(const BackendChoice& choice) {
  const auto injection = cuda_injection();
  if (!injection) return tl::unexpected(injection.error());
  return backend::make_cuda_backend(
      {.device = choice.device, .hang_after = choice.hang_after, .injection = *injection});
}

Result<std::unique_ptr<backend::Backend>> make_cpu(const BackendChoice& choice, unsigned workers) {
  const auto injection = cpu_injection();
  if (!injection) return tl::unexpected(injection.error());
  return backend::make_cpu_backend(
      {.workers = workers, .hang_after = choice.hang_after, .injection = *injection});
}

}  // namespace

Result<ChosenBackend> choose_backend(const BackendChoice& choice, unsigned cpu_workers) {
  std::string reason;
  if (choice.kind != BackendKind::kCpu) {
    auto machine = make_cuda(choice);
    const bool must = choice.kind == BackendKind::kCuda || !choice.device.empty();
    if (machine || must) return describe(std::move(machine));
    reason = machine.error().what;
  }
  return describe(make_cpu(choice, cpu_workers), std::move(reason));
}

}  // namespace vyre::runtime
