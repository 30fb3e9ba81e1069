#include "runtime/injections.hpp"

#include <cstdlib>

namespace vyre::runtime {
namespace {

constexpr std::string_view kCudaVariable = "VYRE_CUDA_INJECT";
constexpr std::string_view kCpuVariable = "VYRE_CPU_INJECT";

Result<backend::FaultInjection> injection_of(std::string_view variable) {
  const char* wanted = std::getenv(variable.data());
  return backend::parse_fault_injection(wanted == nullptr ? "" : wanted);
}

}  // namespace

Result<backend::FaultInjection> cuda_injection() { return injection_of(kCudaVariable); }

Result<backend::FaultInjection> cpu_injection() { return injection_of(kCpuVariable); }

bool is_single_injection(std::string_view assignment) {
  const std::size_t mark = assignment.find('=');
  const std::string_view name = assignment.substr(0, mark);
  if (mark == std::string_view::npos || (name != kCudaVariable && name != kCpuVariable)) {
    return false;
  }
  const auto injection = backend::parse_fault_injection(assignment.substr(mark + 1));
  return injection && injection->happens_once();
}

}  // namespace vyre::runtime
