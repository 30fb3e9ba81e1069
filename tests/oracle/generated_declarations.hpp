#pragma once

#include <string>
#include <vector>

#include "tests/oracle/chance.hpp"
#include "vir0/instruction_info.hpp"
#include "vyre/program.hpp"

namespace vyre::oracle {

/// Words of the state window that every run gets; declared ranges lie inside.
inline constexpr u32 kWindowWords = 512;

/// Bytes that a generated program's load asks for at most.
inline constexpr u32 kMostIoBytes = 512;

/// A program without code, and what of it which instruction may name.
struct GeneratedDeclarations {
  Program program;
  /// Strings that its literals and automata find.
  std::vector<std::string> planted;

  /// Indices that an immediate of this kind may name, for results, carry, tables and windows.
  [[nodiscard]] const std::vector<u32>& choices(vir0::ImmediateKind kind) const {
    return choices_[static_cast<std::size_t>(kind)];
  }
  void allow(vir0::ImmediateKind kind, u32 index) {
    choices_[static_cast<std::size_t>(kind)].push_back(index);
  }

 private:
  std::vector<std::vector<u32>> choices_ = std::vector<std::vector<u32>>(64);
};

/// Results, windows, carry, tables, and what execution ignores: metadata and unknown sections. With
/// `safe`, an emit budget that no tile exhausts.
GeneratedDeclarations generate_declarations(Chance& chance, bool safe);

}  // namespace vyre::oracle
