#pragma once

#include <array>
#include <mutex>
#include <vector>

#include "backend/backend.hpp"
#include "kernel/context.hpp"
#include "vyre/program.hpp"

namespace vyre::backend {

/// The programs that workers may run, copied into memory that they reach. Thread-safe.
class ProgramStore {
 public:
  ProgramStore(kernel::ProgramEntry* entries, Backend& backend)
      : entries_(entries), backend_(backend) {}

  /// Returns the user opcode. Errors: see Megakernel::load.
  Result<u32> load(const VerifiedProgram& program, u32 tenant);

 private:
  kernel::ProgramEntry* entries_;
  Backend& backend_;
  std::mutex mutex_;
  std::array<u32, wire::kMaxTenants> loaded_{};
  std::vector<SharedMemory> memory_;
};

}  // namespace vyre::backend
