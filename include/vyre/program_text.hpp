#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "vyre/error.hpp"
#include "vyre/program.hpp"

namespace vyre {

/// A place in a text: both count from 1, columns in bytes.
struct TextPosition {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend bool operator==(const TextPosition&, const TextPosition&) = default;
};

/// One mistake in a program's text.
struct TextError {
  /// Of the token that is wrong.
  TextPosition position;
  /// What is wrong and what was expected there. No trailing period.
  std::string what;
  /// What to write instead; may be empty where `what` says it.
  std::string fix;

  /// "LINE:COLUMN: WHAT; FIX"
  [[nodiscard]] std::string message() const;
};

/// A program and where each of its instructions stands in the text that it was assembled from.
struct AssembledProgram {
  Program program;
  /// By instruction: the place of its mnemonic.
  std::vector<TextPosition> positions;
};

/// Errors that one call reports at most.
inline constexpr std::size_t kMaxTextErrors = 20;

/// Reads the text form of a program, which docs/VIR0.md describes. Does not verify: registers,
/// names and the spelling of operands are checked, meaning is not. Errors: in the order of the
/// text, at least one and at most kMaxTextErrors. Any bytes may be given; memory and time are
/// linear in their number.
tl::expected<AssembledProgram, std::vector<TextError>> assemble_with_positions(
    std::string_view text);

/// The program alone. Error: InvalidArgument; `what` begins with "LINE:COLUMN: " of the first error
/// and says how many more there are, `detail` is its line.
Result<Program> assemble(std::string_view text);

/// The text form of any program, verified or not: assemble() gives back an equal one. What the
/// instruction set has no words for is written as `.word`.
std::string disassemble(const Program& program);

}  // namespace vyre
