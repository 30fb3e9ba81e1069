#include "backend/cpu/cpu_backend.hpp"
#include "tests/backend/machine.hpp"

namespace vyre::backend {

std::unique_ptr<Backend> make_test_backend(unsigned workers) {
  return make_cpu_backend({workers}).value();
}

BackendChoice test_backend() { return {.kind = BackendKind::kCpu}; }

std::string missing_machine() { return {}; }

// Under a sanitizer, beside other tests, on few cores.
std::chrono::seconds patience() { return std::chrono::minutes(1); }

}  // namespace vyre::backend
