#pragma once

#include <array>
#include <mutex>
#include <vector>

#include "backend/backend.hpp"
#include "kernel/context.hpp"
#include "vyre/program.hpp"

namespace vyre::backend {

/// The programs that workers may run, copied into their memory. Thread-safe.
class ProgramStore {
 public:
  /// `entries` is in workers' memory; `window_words`: what each tenant's state window has.
  ProgramStore(kernel::ProgramEntry* entries, u32 window_words, Backend& backend)
      : entries_(entries), window_words_(window_words), backend_(backend) {}

  /// Returns the user opcode. Errors: see Megakernel::load.
  Result<u32> load(const VerifiedProgram& program, u32 tenant);
  /// From now on the tenant's opcodes name no program; those that run go on. Errors: DeviceFault.
  Status unload(u32 tenant);
  /// Gives back the memory of what was unloaded. Only when no slot of the tenant is under way.
  void forget(u32 tenant);

 private:
  [[nodiscard]] Status check(const VerifiedProgram& program, u32 tenant) const;

  kernel::ProgramEntry* entries_;
  u32 window_words_;
  Backend& backend_;
  std::mutex mutex_;
  std::array<u32, wire::kMaxTenants> loaded_{};
  /// By tenant.
  std::array<std::vector<WorkerMemory>, wire::kMaxTenants> memory_;
};

}  // namespace vyre::backend
