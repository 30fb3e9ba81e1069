#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "vyre/error.hpp"
#include "vyre/program.hpp"

namespace vyre::backend {

/// Makes programs the machine code of a Backend's workers, in three steps, of which only the last
/// needs them to stand still. Results, records, output, carry, window, fuel and faults stay what
/// the interpreter gives, bit for bit.
class ProgramCompiler {
 public:
  virtual ~ProgramCompiler() = default;
  /// The program in the language of link(), to be number `place` there; empty where it is to be
  /// interpreted, since it would gain nothing or cannot be compiled. Thread-safe, while the workers
  /// run too.
  [[nodiscard]] virtual std::string translate(const VerifiedProgram& program,
                                              std::size_t place) const = 0;
  /// Makes machine code of all translations, each at its place; empty ones are left out. While the
  /// workers run too. Errors: Unavailable, with the reason.
  virtual Status link(std::span<const std::string> translations) = 0;
  /// From the next start on workers run by what link() has made last the programs whose
  /// ProgramView::translation is their place + 1. Once for each link(), while none runs. Errors:
  /// Unavailable, and what was installed before stays; DeviceFault.
  virtual Status install() = 0;
  /// Gives back what install() has replaced. While none runs.
  virtual void release_replaced() = 0;
};

}  // namespace vyre::backend
