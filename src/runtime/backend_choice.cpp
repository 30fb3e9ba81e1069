#include "runtime/backend_choice.hpp"

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

}  // namespace

Result<ChosenBackend> choose_backend(const BackendChoice& choice, unsigned cpu_workers) {
  std::string reason;
  if (choice.kind != BackendKind::kCpu) {
    auto machine = backend::make_cuda_backend({.device = choice.device});
    const bool must = choice.kind == BackendKind::kCuda || !choice.device.empty();
    if (machine || must) return describe(std::move(machine));
    reason = machine.error().what;
  }
  return describe(backend::make_cpu_backend({.workers = cpu_workers}), std::move(reason));
}

}  // namespace vyre::runtime
