#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "vyre/program.hpp"

namespace vyre {

/// Registers of a VIR0 program: 16 scalars, 16 vectors, 8 masks.
struct ScalarRegister {
  std::uint8_t index;
};
struct VectorRegister {
  std::uint8_t index;
};
struct MaskRegister {
  std::uint8_t index;
};

/// What `s.input` can read: uniform facts about the tile that is being run. Offsets are in bytes.
enum class TileInput : std::uint32_t {
  kTileOffset = 0,   ///< Of the tile, in its chunk; a multiple of 65536.
  kTileLength = 1,   ///< Of the tile: 65536, less for a chunk's last.
  kChunkLength = 2,  ///< Of the chunk, halo included.
  kOwnBegin = 3,     ///< First own byte, in the chunk.
  kOwnEnd = 4,       ///< After the last own byte, in the chunk.
  kFileOffset = 5,   ///< Of the chunk's first byte, as the slot's publisher gave it.
};

/// Which operation a two-operand instruction does.
enum class ScalarOperation : std::uint8_t {
  kAdd,
  kSub,
  kMul,
  kAnd,
  kOr,
  kXor,
  kShl,
  kShr,
  kEq,
  kLt
};
enum class VectorOperation : std::uint8_t { kAdd, kSub, kAnd, kOr, kXor, kShl, kShr };

/// Writes a Program instruction by instruction. Checks nothing: verify() does. The meaning of each
/// instruction stands in src/vir0/isa.def.
class ProgramBuilder {
 public:
  /// Adds a constant table and returns its index.
  std::uint32_t table(std::vector<std::byte> bytes) {
    program_.tables.push_back(std::move(bytes));
    return static_cast<std::uint32_t>(program_.tables.size() - 1);
  }
  void metadata(std::string text) { program_.metadata = std::move(text); }

  void constant(ScalarRegister target, std::uint32_t value);
  void input(ScalarRegister target, TileInput input);
  void move(ScalarRegister target, ScalarRegister source);
  void scalar(ScalarOperation operation, ScalarRegister target, ScalarRegister a, ScalarRegister b);

  void lane(VectorRegister target);
  void splat(VectorRegister target, ScalarRegister source);
  void constant(VectorRegister target, std::uint32_t value);
  void vector(VectorOperation operation, VectorRegister target, VectorRegister a, VectorRegister b);
  void load_u8(VectorRegister target, VectorRegister tile_offset, MaskRegister lanes);

  void equal(MaskRegister target, VectorRegister a, VectorRegister b);
  void less(MaskRegister target, VectorRegister a, VectorRegister b);
  void mask_and(MaskRegister target, MaskRegister a, MaskRegister b);
  void mask_or(MaskRegister target, MaskRegister a, MaskRegister b);
  void mask_not(MaskRegister target, MaskRegister source);
  void count(ScalarRegister target, MaskRegister source);
  void sum(ScalarRegister target, VectorRegister source);

  /// Emits a branch whose target is not known yet; returns its index for `land`.
  std::size_t branch(ScalarRegister condition);
  /// Makes a branch jump to the next instruction.
  void land(std::size_t branch);
  void repeat(std::uint32_t count);
  void end();

  void result(std::uint32_t index, ScalarRegister source);
  void emit(VectorRegister tile_offset, VectorRegister value, MaskRegister lanes);
  void automaton(std::uint32_t table);
  void count_byte(ScalarRegister target, std::uint8_t byte);
  void halt();

  /// Index of the next instruction.
  [[nodiscard]] std::size_t size() const noexcept { return program_.code.size(); }
  /// Hands the program over; the builder is empty after it.
  [[nodiscard]] Program build() { return std::exchange(program_, Program{}); }

 private:
  Program program_;
};

}  // namespace vyre
