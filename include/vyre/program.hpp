#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vyre/error.hpp"

namespace vyre {

/// A VIR0 program as decoded or built: not yet trusted, cannot be loaded.
struct Program {
  std::vector<std::uint64_t> code;
  /// Constant tables, by index; `automaton` takes one that begins with an AutomatonHeader.
  std::vector<std::vector<std::byte>> tables;
};

/// Deterministic wire form: magic "VIR0", version, sections, content hash.
std::vector<std::byte> encode(const Program& program);

/// The inverse of encode; any corrupted byte or truncation is an InvalidArgument error.
Result<Program> decode(std::span<const std::byte> bytes);

/// A program that the verifier accepted; only verify() makes one, only these can be loaded.
class VerifiedProgram {
 public:
  [[nodiscard]] const Program& program() const noexcept { return program_; }
  /// Worst-case cost of one tile, in fuel units.
  [[nodiscard]] std::uint64_t fuel_per_tile() const noexcept { return fuel_per_tile_; }

 private:
  friend Result<VerifiedProgram> verify(Program program);
  VerifiedProgram(Program program, std::uint64_t fuel)
      : program_(std::move(program)), fuel_per_tile_(fuel) {}
  Program program_;
  std::uint64_t fuel_per_tile_;
};

/// Checks opcodes, operands, initialisation, jump structure, loop bounds, tables and fuel. A
/// rejection is InvalidProgram: it names the instruction (also in `detail`), the reason, the fix.
Result<VerifiedProgram> verify(Program program);

}  // namespace vyre
