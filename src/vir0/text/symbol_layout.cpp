#include "vir0/text/symbol_layout.hpp"

#include <algorithm>
#include <optional>

#include "vir0/text/literals.hpp"

namespace vyre::vir0::text {
namespace {

// Bigger tables would push the code out of sight.
constexpr std::size_t kTableBytesAboveCode = 4096;

std::optional<std::size_t> own_slot(const Program& program, const Symbol& symbol,
                                    const UniqueNames& names, const SymbolLayout& layout) {
  if (!names.contains(symbol.name)) return std::nullopt;
  if (symbol.kind == Symbol::Kind::kLabel && symbol.index <= program.code.size()) {
    return layout.instruction_slot(program, symbol.index);
  }
  if (symbol.kind == Symbol::Kind::kTable && symbol.index < program.tables.size()) {
    return layout.table_slot(program, symbol.index);
  }
  return std::nullopt;
}

SymbolLayout lay_out(const Program& program, const UniqueNames& labels, const UniqueNames& tables,
                     bool tables_first) {
  SymbolLayout layout{tables_first, {}};
  std::size_t current = 0;
  // The slot of the last `.table` that got its name: it can take but one.
  std::optional<std::size_t> named_table;
  for (const Symbol& symbol : program.symbols) {
    const bool table = symbol.kind == Symbol::Kind::kTable;
    const auto slot = own_slot(program, symbol, table ? tables : labels, layout);
    const bool in_place = slot && *slot >= current && !(table && named_table == slot);
    if (in_place) {
      current = *slot;
      if (table) named_table = slot;
    }
    layout.places.push_back({current, in_place});
  }
  return layout;
}

std::size_t in_place_count(const SymbolLayout& layout) {
  return static_cast<std::size_t>(std::ranges::count(layout.places, true, &SymbolPlace::in_place));
}

}  // namespace

UniqueNames unique_names(const Program& program, Symbol::Kind kind) {
  UniqueNames names;
  std::map<std::string_view, std::size_t> bearers;
  for (const Symbol& symbol : program.symbols) {
    if (symbol.kind == kind) ++bearers[symbol.name];
  }
  for (const Symbol& symbol : program.symbols) {
    if (symbol.kind == kind && bearers[symbol.name] == 1 && is_identifier(symbol.name)) {
      names.emplace(symbol.name, symbol.index);
    }
  }
  return names;
}

SymbolLayout lay_out_symbols(const Program& program, const UniqueNames& labels,
                             const UniqueNames& tables) {
  SymbolLayout above = lay_out(program, labels, tables, true);
  SymbolLayout below = lay_out(program, labels, tables, false);
  const std::size_t count_above = in_place_count(above);
  const std::size_t count_below = in_place_count(below);
  if (count_above != count_below) return count_above > count_below ? above : below;
  std::size_t bytes = 0;
  for (const auto& table : program.tables) bytes += table.size();
  return bytes <= kTableBytesAboveCode ? above : below;
}

}  // namespace vyre::vir0::text
