#pragma once

#include <string_view>

#include "backend/fault_injection.hpp"
#include "vyre/error.hpp"

// Faults that break a machine on purpose, so that what users see then can be tested: the
// environment names them in VYRE_CUDA_INJECT and VYRE_CPU_INJECT.
namespace vyre::runtime {

/// For each backend; nothing where its variable is not set. InvalidArgument where it is none.
Result<backend::FaultInjection> cuda_injection();
Result<backend::FaultInjection> cpu_injection();

/// `assignment` ("NAME=VALUE" of an environment) is a fault that happens once: a process that goes
/// on where another was broken by it must not inherit it.
[[nodiscard]] bool is_single_injection(std::string_view assignment);

}  // namespace vyre::runtime
