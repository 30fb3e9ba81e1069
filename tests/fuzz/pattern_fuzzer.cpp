// Any text as a pattern of either dialect, beside a text: it compiles or is refused, and where RE2
// finds a match the pattern's shape allows for it.

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "scan/automata/compile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 300) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool line = (data[0] & 1) != 0;
  const std::size_t cut = 1 + data[1] % size;
  const vyre::scan::PatternSource source{
      std::string(input.substr(1, cut - 1)),
      line ? vyre::scan::Dialect::kLine : vyre::scan::Dialect::kRe2, "fuzzed"};
  const auto compiled = vyre::scan::compile_patterns({&source, 1});
  if (!compiled) {
    VYRE_CHECK(!compiled.error().what.empty());
    return 0;
  }
  VYRE_CHECK(compiled->shapes.size() == 1);
  if (line) return 0;

  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  const re2::RE2 regex(source.text, options);
  VYRE_CHECK(regex.ok());
  const std::string_view text = input.substr(cut);
  re2::StringPiece match;
  if (regex.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    VYRE_CHECK(match.size() <= compiled->shapes[0].max_length);
  }
  return 0;
}
