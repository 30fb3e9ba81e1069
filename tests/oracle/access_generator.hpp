#pragma once

#include "tests/oracle/code_writer.hpp"
#include "tests/oracle/generated_declarations.hpp"
#include "vyre/program_operands.hpp"

namespace vyre::oracle {

/// Writes statements that reach beyond the registers, with offsets and indices near the bounds.
/// Each accesses either under a guard that keeps it inside, or not, `risk` times in a hundred.
class AccessGenerator {
 public:
  AccessGenerator(Chance& chance, CodeWriter& code, const GeneratedDeclarations& declared, u32 risk)
      : chance_(chance), code_(code), declared_(declared), risk_(risk) {}

  // Each writes one statement, and nothing where the program declares nothing fit for it.
  void tile_load();
  void block_load();
  void table_load();
  void window_access();
  void carry_access();
  void emit();
  void copy();
  void macro();
  /// A load and what reads its inbox; alone or in loops of its own. Vectors and masks are lost.
  void load();

  /// Adds something that depends on every bit of a register to a result.
  void observe(Bank bank, u32 index);
  /// A scalar, by preference one near a bound of the tile.
  u32 position();

 private:
  struct Lanes {
    u32 values;
    u32 mask;
  };

  [[nodiscard]] bool risky() { return chance_.percent(risk_); }
  /// An index that an immediate of this kind may name; false where there is none.
  bool choose(vir0::ImmediateKind kind, u32& index);

  void load_once();
  void read_inbox(u32 length);
  u32 constant(u32 value);
  u32 input(TileInput fact);
  /// The same in nearly all lanes, else 0, as the file has it: a verifier that knows the values for
  /// sure would refuse an access that cannot succeed.
  u32 blurred(u32 vector);
  /// The same, or 0 in a tile without bytes.
  u32 blurred_scalar(u32 scalar);
  u32 any_mask();
  u32 offsets();
  u32 readable_lanes(u32 offsets, u32 width);
  u32 own_lanes(u32 offsets, u32 width);
  Lanes tile_offsets(u32 width);
  /// Lane values below `count`, or, if risky, perhaps one too many.
  Lanes indices(u32 count);
  u32 guarded_indices(u32 count, u32 mask);

  Chance& chance_;
  CodeWriter& code_;
  const GeneratedDeclarations& declared_;
  u32 risk_;
};

}  // namespace vyre::oracle
