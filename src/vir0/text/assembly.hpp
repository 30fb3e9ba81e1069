#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vir0/text/lexer.hpp"
#include "vir0/text/literals.hpp"
#include "vir0/text/spelling.hpp"
#include "vyre/program_text.hpp"

// What the assembler knows while it reads. It goes over the text once, taking declarations, data
// and symbols; instructions wait, as a mnemonic and the text of its operands, until all names are
// known.
namespace vyre::vir0::text {

/// The mistakes found so far. Once it is full it takes no more, and the assembler stops reading.
class ErrorList {
 public:
  void add(TextPosition position, std::string what, std::string fix = {}) {
    if (!full()) errors_.push_back({position, std::move(what), std::move(fix)});
  }
  [[nodiscard]] bool full() const noexcept { return errors_.size() >= kMaxTextErrors; }
  [[nodiscard]] bool empty() const noexcept { return errors_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return errors_.size(); }
  /// The errors in the order of the text.
  [[nodiscard]] std::vector<TextError> take();

 private:
  std::vector<TextError> errors_;
};

/// Where a name stands for the first time; `shared` where another thing bears it too, so that it
/// names nothing.
template <typename T>
struct Named {
  T value;
  TextPosition position;
  bool shared = false;
};
template <typename T>
using NameMap = std::map<std::string, Named<T>, std::less<>>;

/// The words of a result declaration: [base, base + count).
struct ResultRange {
  u64 base;
  u32 count;
};

struct Names {
  NameMap<Number> constants;
  NameMap<RegisterName> aliases;
  NameMap<u32> labels;
  NameMap<u32> tables;
  NameMap<u32> windows;
  NameMap<ResultRange> results;
};

/// An instruction whose operands are still text; its index is its place in `Assembly::pending`.
struct PendingInstruction {
  const InstructionInfo* info;  ///< Null where `word` is the instruction.
  u64 word;
  std::string_view operands;
  u32 operands_column;
};

/// What data directives append to.
enum class OpenData : u8 { kNone, kTable, kSection };

struct Assembly {
  Program program;
  std::vector<PendingInstruction> pending;
  std::vector<TextPosition> positions;
  Names names;
  u64 result_words = 0;
  OpenData open_data = OpenData::kNone;
  std::optional<TextPosition> metadata_at;
  std::optional<TextPosition> carry_at;
  std::optional<TextPosition> emit_at;
  std::optional<TextPosition> io_at;
  ErrorList errors;
};

/// A line being read.
struct Line {
  Assembly& assembly;
  u32 number;
  LineCursor cursor;

  [[nodiscard]] TextPosition position(const Token& token) const { return {number, token.column}; }
  /// Reports "WHAT, not TOKEN" at the token.
  void expected(const Token& token, std::string_view what, std::string fix = {}) const;
  void error(const Token& token, std::string what, std::string fix = {}) const {
    assembly.errors.add(position(token), std::move(what), std::move(fix));
  }
};

/// "did you mean NAME?", or nothing where no name is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

template <typename T>
std::vector<std::string> names_of(const NameMap<T>& map) {
  // Of a program with more names, a suggestion is not worth the time.
  constexpr std::size_t kMaxCandidates = 1000;
  std::vector<std::string> names;
  for (const auto& [name, entry] : map) {
    if (names.size() < kMaxCandidates) names.push_back(name);
  }
  return names;
}

/// The number at the cursor, a character or a constant's name included. Reports what else stands
/// there.
std::optional<Number> read_any_number(Line& line);

/// The same as `bits` bits; reports one that does not fit.
std::optional<u64> read_number(Line& line, unsigned bits);

/// The bytes of a string or character token. Reports a bad escape.
std::optional<std::string> read_quoted(Line& line, const Token& token);

/// The rest of the line must be empty; `after` says behind what.
bool expect_end(Line& line, std::string_view after);

/// Gives a name, reports one that is taken.
template <typename T>
void define(const Line& line, const Token& at, NameMap<T>& map, const std::string& name, T value) {
  const auto [entry, fresh] = map.try_emplace(name, Named<T>{value, line.position(at)});
  if (fresh) return;
  line.error(at,
             "the name " + quoted(name) + " is taken since line " +
                 std::to_string(entry->second.position.line),
             "choose another name");
}

/// A directive, its name at the cursor.
void read_directive(Line& line);

/// Encodes what was pending; all names are known. Errors go to the assembly's list.
void encode_pending(Assembly& assembly);

}  // namespace vyre::vir0::text
