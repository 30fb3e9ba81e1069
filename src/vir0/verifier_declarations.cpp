#include "vir0/verifier_declarations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "base/checked.hpp"
#include "vir0/limits.hpp"

namespace vyre::vir0 {
namespace {

[[nodiscard]] tl::unexpected<Error> reject(std::string reason, std::string fix) {
  return tl::unexpected(program_rejection(std::move(reason), std::move(fix)));
}

/// By hand, so that the locale has no say.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

/// Names of one kind of thing.
class Names {
 public:
  explicit Names(const char* what) : what_(what) {}

  Status add(const std::string& name, std::size_t index) {
    // The bytes of a wrong name stay out of the message: they may be anything.
    if (!is_identifier(name)) {
      return reject(fmt::format("{} {} has a name that is no identifier", what_, index),
                    fmt::format("use 1 to {} letters, digits and underscores, no digit first",
                                kMaxNameBytes));
    }
    if (!seen_.insert(name).second) {
      return reject(fmt::format("two {}s are named {}", what_, name), "rename one of them");
    }
    return {};
  }

 private:
  const char* what_;
  std::unordered_set<std::string_view> seen_;
};

Status check_tables(const Program& program) {
  if (program.tables.size() > kMaxTables) {
    return reject(fmt::format("the program has {} tables", program.tables.size()),
                  fmt::format("use at most {}", kMaxTables));
  }
  std::size_t bytes = 0;
  for (const auto& table : program.tables) {
    if (table.size() > kMaxProgramTableBytes - bytes) {
      return reject("the tables are too large",
                    fmt::format("keep them within {} bytes", kMaxProgramTableBytes));
    }
    bytes += table.size();
  }
  return {};
}

Status check_results(const Program& program, DeclarationTotals& totals) {
  Names names("result");
  for (std::size_t i = 0; i < program.results.size(); ++i) {
    const ResultDeclaration& result = program.results[i];
    if (Status status = names.add(result.name, i); !status) return status;
    if (result.combine > Combine::kCrc32c) {
      return reject(fmt::format("result {} has no known way to combine", result.name),
                    "use sum, min, max, or, xor or crc32c");
    }
    if (result.count == 0 || result.count > kMaxResultWords - totals.result_words.size()) {
      return reject(fmt::format("result {} has {} words", result.name, result.count),
                    fmt::format("use 1 to {} for all results together", kMaxResultWords));
    }
    totals.result_words.insert(totals.result_words.end(), result.count, result.combine);
  }
  return {};
}

Status check_overlap(const Program& program) {
  std::vector<const WindowDeclaration*> sorted;
  for (const WindowDeclaration& window : program.windows) sorted.push_back(&window);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* left, const auto* right) { return left->first < right->first; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->first - sorted[i - 1]->first < sorted[i - 1]->count) {
      return reject(
          fmt::format("the windows {} and {} overlap", sorted[i - 1]->name, sorted[i]->name),
          "give each its own words");
    }
  }
  return {};
}

Status check_windows(const Program& program, DeclarationTotals& totals) {
  if (program.windows.size() > kMaxWindows) {
    return reject(fmt::format("the program has {} windows", program.windows.size()),
                  fmt::format("use at most {}", kMaxWindows));
  }
  Names names("window");
  for (std::size_t i = 0; i < program.windows.size(); ++i) {
    const WindowDeclaration& window = program.windows[i];
    if (Status status = names.add(window.name, i); !status) return status;
    if (window.access > WindowAccess::kState) {
      return reject(fmt::format("window {} has no known access", window.name),
                    "use read, add, min, max, or or state");
    }
    if (window.count == 0 || !base::range_fits<u32>(window.first, window.count, kMaxWindowWords)) {
      return reject(
          fmt::format("window {} has {} words from {}", window.name, window.count, window.first),
          fmt::format("use at least 1, and end by word {}", kMaxWindowWords));
    }
    totals.window_words = std::max(totals.window_words, window.first + window.count);
    totals.has_state_window |= window.access == WindowAccess::kState;
  }
  return check_overlap(program);
}

Status check_resources(const Program& program) {
  if (program.resources.size() > kMaxResources) {
    return reject(fmt::format("the program names {} resources", program.resources.size()),
                  fmt::format("use at most {}", kMaxResources));
  }
  if (!program.resources.empty() && program.io_bytes == 0) {
    return reject("the program names resources, but not how many bytes it loads at once",
                  "declare them with .io");
  }
  Names names("resource");
  for (std::size_t i = 0; i < program.resources.size(); ++i) {
    if (Status status = names.add(program.resources[i], i); !status) return status;
  }
  return {};
}

Status check_symbols(const Program& program) {
  if (program.symbols.size() > kMaxSymbols) {
    return reject(fmt::format("the program has {} symbols", program.symbols.size()),
                  fmt::format("use at most {}", kMaxSymbols));
  }
  Names labels("label");
  Names tables("table");
  for (std::size_t i = 0; i < program.symbols.size(); ++i) {
    const Symbol& symbol = program.symbols[i];
    const bool label = symbol.kind == Symbol::Kind::kLabel;
    if (!label && symbol.kind != Symbol::Kind::kTable) {
      return reject(fmt::format("symbol {} names nothing known", i),
                    "let it name an instruction or a table");
    }
    if (Status status = (label ? labels : tables).add(symbol.name, i); !status) return status;
    const std::size_t count = label ? program.code.size() : program.tables.size();
    if (symbol.index >= count) {
      return reject(fmt::format("symbol {} names {} {} of {}", symbol.name,
                                label ? "instruction" : "table", symbol.index, count),
                    "name one that the program has");
    }
  }
  return {};
}

Status check_unread(const Program& program) {
  if (program.metadata.size() > kMaxMetadataBytes) {
    return reject(fmt::format("the metadata has {} bytes", program.metadata.size()),
                  fmt::format("use at most {}", kMaxMetadataBytes));
  }
  if (program.unknown_sections.size() > kMaxUnknownSections) {
    return reject(fmt::format("{} sections are unknown", program.unknown_sections.size()),
                  fmt::format("use at most {}", kMaxUnknownSections));
  }
  std::size_t bytes = 0;
  for (const UnknownSection& section : program.unknown_sections) {
    if (section.kind >> 31 == 0) {
      return reject(
          fmt::format("section kind {:#x} is unknown and may not be ignored", section.kind),
          "set bit 31 of its kind, or use a version that knows it");
    }
    if (section.bytes.size() > kMaxUnknownBytes - bytes) {
      return reject("the unknown sections are too large",
                    fmt::format("keep them within {} bytes", kMaxUnknownBytes));
    }
    bytes += section.bytes.size();
  }
  return {};
}

Status check_budgets(const Program& program) {
  if (program.carry_words > kMaxCarryWords) {
    return reject(fmt::format("the program declares {} carry words", program.carry_words),
                  fmt::format("use at most {}", kMaxCarryWords));
  }
  if (program.io_bytes > kMaxIoBytes) {
    return reject(fmt::format("the program declares loads of {} bytes", program.io_bytes),
                  fmt::format("use at most {}", kMaxIoBytes));
  }
  if (program.emit_budget == 0u) {
    return reject("the emit budget is 0", "give at least 1, or none where nothing is emitted");
  }
  return {};
}

}  // namespace

Result<DeclarationTotals> check_declarations(const Program& program) {
  DeclarationTotals totals;
  Status status = check_tables(program);
  if (status) status = check_results(program, totals);
  if (status) status = check_windows(program, totals);
  if (status) status = check_budgets(program);
  if (status) status = check_resources(program);
  if (status) status = check_symbols(program);
  if (status) status = check_unread(program);
  if (!status) return tl::unexpected(status.error());
  return totals;
}

}  // namespace vyre::vir0
