#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "vyre/error.hpp"

namespace vyre {

/// A VIR0 program as decoded or built: not yet trusted, cannot be loaded.
struct Program {
  /// Instructions of 64 bits: opcode in bits 0..7, operands dst, a, b in the next three bytes, the
  /// immediate in bits 32..63.
  std::vector<std::uint64_t> code;
  /// Constant tables, by index; `automaton` takes one that begins with an AutomatonHeader.
  std::vector<std::vector<std::byte>> tables;
  /// Free text about the program (name, origin), carried along; execution ignores it.
  std::string metadata;

  friend bool operator==(const Program&, const Program&) = default;
};

/// Deterministic wire form, little-endian: a 32-byte header (magic "VIR0", version, total bytes,
/// section count, CRC-32C of all other bytes), section entries, sections.
std::vector<std::byte> encode(const Program& program);

/// The inverse of encode. Errors: InvalidArgument for anything that encode would not have written;
/// any single flipped bit and any truncation is always among it. Does not verify.
Result<Program> decode(std::span<const std::byte> bytes);

/// A program that the verifier accepted; only verify() makes one, only these can be loaded.
class VerifiedProgram {
 public:
  [[nodiscard]] const Program& program() const noexcept { return program_; }
  /// Worst-case cost of one tile, in fuel units (one operation on 128 lanes).
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
