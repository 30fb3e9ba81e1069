#pragma once

#include <string>

#include "vyre/error.hpp"

namespace vyre::scan {

/// Which language a pattern is written in. Both match bytes, not characters.
enum class Dialect {
  /// What RE2 accepts with Latin-1 encoding, over the whole content of a file: `.` excludes \n
  /// unless (?s), ^ and $ are the ends of the content unless (?m).
  kRe2,
  /// What `rg -a --no-unicode` means, on one line without its \n: ^, \A and $, \z are the line's
  /// ends, \s includes \v, (?i) folds ASCII, nothing matches \n. A multi-byte UTF-8 character is
  /// accepted outside classes and is one item for a following repetition.
  kLine,
};

/// A pattern as the user gave it.
struct PatternSource {
  std::string text;
  Dialect dialect = Dialect::kRe2;
  /// How errors call it ("pattern 3", "rule aws-access-token", "FILE:LINE"); "pattern" where empty.
  std::string name;
};

/// InvalidArgument that names the pattern, the place (bytes from the pattern's start; none where
/// `offset` is npos) and the reason.
Error pattern_error(const PatternSource& source, std::string_view reason,
                    std::size_t offset = std::string::npos);

}  // namespace vyre::scan
