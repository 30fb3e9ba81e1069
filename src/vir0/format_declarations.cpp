#include "vir0/format_declarations.hpp"

#include "vir0/format_bytes.hpp"

namespace vyre::vir0 {
namespace {

// The least bytes of an item: its words, one of them the length of its name.
constexpr std::size_t kResultBytes = 12;
constexpr std::size_t kWindowBytes = 16;
constexpr std::size_t kSymbolBytes = 12;
constexpr std::size_t kResourceBytes = 4;

bool read(ByteReader& in, ResultDeclaration& result) {
  u8 combine = 0;
  if (!in.byte(combine) || !in.word(result.count) || !in.text(result.name)) return false;
  result.combine = static_cast<Combine>(combine);
  return true;
}

bool read(ByteReader& in, WindowDeclaration& window) {
  u8 access = 0;
  if (!in.byte(access) || !in.word(window.first) || !in.word(window.count) ||
      !in.text(window.name)) {
    return false;
  }
  window.access = static_cast<WindowAccess>(access);
  return true;
}

bool read(ByteReader& in, Symbol& symbol) {
  u8 kind = 0;
  if (!in.byte(kind) || !in.word(symbol.index) || !in.text(symbol.name)) return false;
  symbol.kind = static_cast<Symbol::Kind>(kind);
  return true;
}

bool read(ByteReader& in, std::string& resource) { return in.text(resource); }

template <class Item>
bool read_list(ByteReader& in, std::size_t item_bytes, std::vector<Item>& items) {
  u32 count = 0;
  if (!in.count(count, item_bytes)) return false;
  items.resize(count);
  for (Item& item : items) {
    if (!read(in, item)) return false;
  }
  return true;
}

}  // namespace

std::vector<std::byte> encode_declarations(const Program& program) {
  ByteWriter out;
  out.word(program.carry_words);
  out.word(program.emit_budget.has_value() ? 1 : 0);
  out.word(program.emit_budget.value_or(0));
  out.size(program.results.size());
  for (const ResultDeclaration& result : program.results) {
    out.word(static_cast<u32>(result.combine));
    out.word(result.count);
    out.text(result.name);
  }
  out.size(program.windows.size());
  for (const WindowDeclaration& window : program.windows) {
    out.word(static_cast<u32>(window.access));
    out.word(window.first);
    out.word(window.count);
    out.text(window.name);
  }
  return out.take();
}

std::vector<std::byte> encode_symbols(const Program& program) {
  ByteWriter out;
  out.size(program.symbols.size());
  for (const Symbol& symbol : program.symbols) {
    out.word(static_cast<u32>(symbol.kind));
    out.word(symbol.index);
    out.text(symbol.name);
  }
  return out.take();
}

bool decode_declarations(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  u32 has_budget = 0;
  u32 budget = 0;
  if (!in.word(program.carry_words) || !in.word(has_budget) || !in.word(budget)) return false;
  if (has_budget > 1 || (has_budget == 0 && budget != 0)) return false;
  if (has_budget == 1) program.emit_budget = budget;
  return read_list(in, kResultBytes, program.results) &&
         read_list(in, kWindowBytes, program.windows) && in.at_end();
}

bool decode_symbols(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  return read_list(in, kSymbolBytes, program.symbols) && in.at_end();
}

std::vector<std::byte> encode_resources(const Program& program) {
  if (program.io_bytes == 0 && program.resources.empty()) return {};
  ByteWriter out;
  out.word(program.io_bytes);
  out.size(program.resources.size());
  for (const std::string& resource : program.resources) out.text(resource);
  return out.take();
}

bool decode_resources(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  return in.word(program.io_bytes) && read_list(in, kResourceBytes, program.resources) &&
         in.at_end() && (program.io_bytes != 0 || !program.resources.empty());
}

}  // namespace vyre::vir0
