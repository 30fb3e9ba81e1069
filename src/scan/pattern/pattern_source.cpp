#include "scan/pattern/pattern_source.hpp"

#include <fmt/format.h>

namespace vyre::scan {

Error pattern_error(const PatternSource& source, std::string_view reason, std::size_t offset) {
  const std::string name = source.name.empty() ? "pattern" : source.name;
  std::string what = offset == std::string::npos
                         ? fmt::format("{} '{}': {}", name, source.text, reason)
                         : fmt::format("{} '{}': byte {}: {}", name, source.text, offset, reason);
  return invalid_argument(std::move(what),
                          source.dialect == Dialect::kLine
                              ? "Correct the pattern; a byte is written \\xHH and a literal "
                                "metacharacter with a backslash before it."
                              : "Correct the pattern; the syntax is RE2's.");
}

}  // namespace vyre::scan
