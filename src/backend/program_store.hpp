#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "kernel/context.hpp"
#include "vyre/program.hpp"

namespace vyre::backend {

/// The programs that workers may run, copied into their memory. Thread-safe.
class ProgramStore {
 public:
  /// What a machine that compiles is to link: a translation at each place, some of them empty.
  struct Texts {
    std::vector<std::string> by_place;
    /// Changes with each text that is added.
    u64 version = 0;
  };

  /// `entries` is in workers' memory; `window_words`: what each tenant's state window has.
  ProgramStore(kernel::ProgramEntry* entries, u32 window_words, Backend& backend)
      : entries_(entries), window_words_(window_words), backend_(backend) {}

  /// Returns the user opcode. Errors: see Megakernel::load.
  Result<u32> load(const VerifiedProgram& program, u32 tenant);
  /// From now on the tenant's opcodes name no program; those that run go on. Errors: DeviceFault.
  Status unload(u32 tenant);
  /// Gives back the memory of what was unloaded. Only when no slot of the tenant is under way.
  void forget(u32 tenant);

  /// Of all programs that are loaded and are to be compiled; none where nothing has been added
  /// since the last note_installed().
  [[nodiscard]] std::optional<Texts> texts_to_link();
  /// Machine code of `linked` is installed: programs that it has are run by it from now on. While
  /// no worker runs. Errors: DeviceFault.
  Status note_installed(const Texts& linked);

 private:
  /// A program to be compiled. Its place is its number in `translated_`.
  struct Translated {
    std::string text;
    kernel::ProgramEntry* entry = nullptr;
    u32 tenant = 0;
    u64 version = 0;
  };

  void add_translation(const VerifiedProgram& program, u32 tenant, kernel::ProgramEntry* entry);
  [[nodiscard]] Status check(const VerifiedProgram& program, u32 tenant) const;

  kernel::ProgramEntry* entries_;
  u32 window_words_;
  Backend& backend_;
  std::mutex mutex_;
  std::array<u32, wire::kMaxTenants> loaded_{};
  /// By tenant.
  std::array<std::vector<WorkerMemory>, wire::kMaxTenants> memory_;
  /// Places of programs that are unloaded have no text, and are taken again.
  std::vector<Translated> translated_;
  u64 version_ = 0;
  u64 installed_ = 0;
};

}  // namespace vyre::backend
