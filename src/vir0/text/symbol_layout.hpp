#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "vyre/program.hpp"
#include "wire/platform.hpp"

namespace vyre::vir0::text {

/// The names of one kind that stand for one thing each and need no quotes, so that instructions
/// can refer to them.
using UniqueNames = std::map<std::string_view, u32>;
UniqueNames unique_names(const Program& program, Symbol::Kind kind);

/// Where a symbol is written.
struct SymbolPlace {
  std::size_t slot;
  /// As `name:` or `.table name`, otherwise as `.symbol`.
  bool in_place;
};

/// A program's text has a slot before each table and before each instruction, and one behind the
/// last instruction. Symbols fill them so that the assembler meets them in the program's order.
struct SymbolLayout {
  /// The tables' slots come before those of the code, not behind them.
  bool tables_first;
  /// By symbol; slots never descend.
  std::vector<SymbolPlace> places;

  [[nodiscard]] std::size_t table_slot(const Program& program, std::size_t table) const {
    return tables_first ? table : program.code.size() + 1 + table;
  }
  [[nodiscard]] std::size_t instruction_slot(const Program& program, std::size_t index) const {
    return tables_first ? program.tables.size() + index : index;
  }
};
SymbolLayout lay_out_symbols(const Program& program, const UniqueNames& labels,
                             const UniqueNames& tables);

}  // namespace vyre::vir0::text
