#pragma once

#include "tests/fuzz/byte_source.hpp"
#include "vir0/instruction_info.hpp"
#include "vyre/program.hpp"

namespace vyre::fuzz {

/// Adds the results, windows, carry words and tables that instructions of a program ask for.
class DeclarationsOnDemand {
 public:
  DeclarationsOnDemand(ByteSource& in, Program& program) : in_(in), program_(program) {}

  /// An immediate of this kind that names something declared, perhaps just now; 0 for kinds that
  /// name nothing.
  u32 name(vir0::ImmediateKind kind);
  /// Elements or words of what an instruction of this kind names.
  [[nodiscard]] u32 count_of(vir0::ImmediateKind kind, u32 immediate) const;

 private:
  u32 result();
  u32 histogram();
  u32 carry(u32 words);
  u32 window(vir0::ImmediateKind kind);
  u32 table(vir0::ImmediateKind kind);
  std::vector<std::byte> make_table(vir0::ImmediateKind kind);
  u32 result_words() const;

  ByteSource& in_;
  Program& program_;
  /// By table: what it was made for.
  std::vector<vir0::ImmediateKind> kinds_;
};

}  // namespace vyre::fuzz
