#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "vir0/isa.hpp"
#include "vir0/text/instruction_text.hpp"
#include "vir0/text/literals.hpp"
#include "vir0/text/spelling.hpp"
#include "vir0/text/symbol_layout.hpp"
#include "vir0/text/table_text.hpp"
#include "vyre/program_text.hpp"

namespace vyre {
namespace vir0::text {
namespace {

/// The word for a value, or the value itself where it has none.
template <std::size_t kCount>
std::string choice_text(const std::array<std::string_view, kCount>& names, u32 value) {
  return value < kCount ? std::string(names[value]) : std::to_string(value);
}

std::string count_text(u32 count) { return count == 1 ? "" : fmt::format(" {}", count); }

class Disassembly {
 public:
  explicit Disassembly(const Program& program)
      : program_(program),
        references_(program),
        layout_(lay_out_symbols(program, references_.labels(), references_.tables())) {}

  std::string write() {
    declarations();
    if (layout_.tables_first) {
      tables();
      code();
    } else {
      code();
      tables();
    }
    for (const UnknownSection& section : program_.unknown_sections) {
      text_ += fmt::format(".section 0x{:x}\n", section.kind);
      append_data(text_, section.bytes, DataStyle::kFree);
    }
    return std::move(text_);
  }

 private:
  void declarations();
  void tables();
  void code();
  void instruction(std::size_t index, u32& depth);
  /// The symbols of one slot, but those that stand beside a `.table`.
  bool next_in(std::size_t slot) const {
    return next_symbol_ < layout_.places.size() && layout_.places[next_symbol_].slot == slot;
  }
  void symbol_line(const Symbol& symbol);
  void labels(std::size_t slot);
  std::set<u32> unlabelled_targets() const;

  const Program& program_;
  References references_;
  SymbolLayout layout_;
  std::size_t next_symbol_ = 0;
  std::string text_;
};

void Disassembly::declarations() {
  if (!program_.metadata.empty()) text_ += ".metadata " + quoted(program_.metadata) + '\n';
  for (const ResultDeclaration& result : program_.results) {
    const bool plain = references_.is_plain_result(result.name);
    text_ += fmt::format(".result {} {}{}\n", plain ? result.name : quoted(result.name),
                         choice_text(kCombineNames, static_cast<u32>(result.combine)),
                         count_text(result.count));
  }
  for (const WindowDeclaration& window : program_.windows) {
    const bool plain = references_.is_plain_window(window.name);
    text_ += fmt::format(".window {} {} {}{}\n", plain ? window.name : quoted(window.name),
                         choice_text(kAccessNames, static_cast<u32>(window.access)), window.first,
                         count_text(window.count));
  }
  if (program_.carry_words != 0) text_ += fmt::format(".carry {}\n", program_.carry_words);
  if (program_.emit_budget) text_ += fmt::format(".emit {}\n", *program_.emit_budget);
  if (program_.io_bytes != 0) text_ += fmt::format(".io {}\n", program_.io_bytes);
  for (const std::string& resource : program_.resources) {
    const bool unique = std::ranges::count(program_.resources, resource) == 1;
    const bool plain = unique && is_identifier(resource);
    text_ += ".resource " + (plain ? resource : quoted(resource)) + '\n';
  }
}

void Disassembly::symbol_line(const Symbol& symbol) {
  text_ += fmt::format(".symbol {} {} {}\n",
                       choice_text(kSymbolKindNames, static_cast<u32>(symbol.kind)), symbol.index,
                       quoted(symbol.name));
}

void Disassembly::tables() {
  const std::vector<DataStyle> styles = table_styles(program_);
  for (std::size_t table = 0; table < program_.tables.size(); ++table) {
    bool begun = false;
    for (const std::size_t slot = layout_.table_slot(program_, table); next_in(slot);
         ++next_symbol_) {
      const Symbol& symbol = program_.symbols[next_symbol_];
      if (layout_.places[next_symbol_].in_place) {
        text_ += ".table " + symbol.name + '\n';
        begun = true;
      } else {
        symbol_line(symbol);
      }
    }
    if (!begun) text_ += ".table\n";
    append_data(text_, program_.tables[table], styles[table]);
  }
}

void Disassembly::labels(std::size_t slot) {
  for (; next_in(slot); ++next_symbol_) {
    const Symbol& symbol = program_.symbols[next_symbol_];
    if (layout_.places[next_symbol_].in_place) {
      text_ += symbol.name + ":\n";
    } else {
      symbol_line(symbol);
    }
  }
}

std::set<u32> Disassembly::unlabelled_targets() const {
  std::set<u32> targets;
  for (const u64 word : program_.code) {
    const auto target = branch_target(word);
    if (target && !references_.has_label(*target)) targets.insert(*target);
  }
  return targets;
}

void Disassembly::code() {
  const std::set<u32> targets = unlabelled_targets();
  u32 depth = 0;
  for (std::size_t index = 0; index <= program_.code.size(); ++index) {
    labels(layout_.instruction_slot(program_, index));
    if (targets.contains(static_cast<u32>(index))) text_ += fmt::format("@{}:\n", index);
    if (index < program_.code.size()) instruction(index, depth);
  }
}

// Deeper than any program that loads, the indentation would only cost space.
void Disassembly::instruction(std::size_t index, u32& depth) {
  const u64 word = program_.code[index];
  const std::string row = instruction_text(word, references_);
  const Op op = unpack(word).op;
  if (op == Op::kEnd && depth > 0) --depth;
  text_ += std::string(2 + 2 * std::min(depth, kMaxLoopDepth), ' ') + row + '\n';
  if (op == Op::kRepeat || op == Op::kRepeatScalar) ++depth;
}

}  // namespace
}  // namespace vir0::text

std::string disassemble(const Program& program) { return vir0::text::Disassembly(program).write(); }

}  // namespace vyre
