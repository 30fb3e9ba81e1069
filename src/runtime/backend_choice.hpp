#pragma once

#include <memory>

#include "backend/backend.hpp"
#include "vyre/backend.hpp"

namespace vyre::runtime {

/// A backend, and how it came to be chosen.
struct ChosenBackend {
  std::unique_ptr<backend::Backend> machine;
  BackendDescription description;
};

/// Makes the backend that `choice` asks for; `cpu_workers` threads where it is the CPU's. Only
/// kAuto, no device named, falls back to the CPU where no CUDA backend can be made, and says why.
/// Errors: those of the backend.
Result<ChosenBackend> choose_backend(const BackendChoice& choice, unsigned cpu_workers);

}  // namespace vyre::runtime
