#include "scan/automata/candidate_program.hpp"

#include <fmt/format.h>

#include "vyre/pattern_program.hpp"
#include "vyre/program_builder.hpp"

namespace vyre {
namespace scan {

Result<VerifiedProgram> make_candidate_program(std::span<const std::vector<std::byte>> tables) {
  ProgramBuilder builder;
  for (const std::vector<std::byte>& table : tables) builder.automaton(builder.table(table));
  builder.halt();
  return verify(builder.build());
}

}  // namespace scan

Result<VerifiedProgram> candidate_program(std::span<const std::string> patterns) {
  std::vector<scan::PatternSource> sources;
  for (const std::string& pattern : patterns) {
    sources.push_back({.text = pattern,
                       .dialect = scan::Dialect::kRe2,
                       .name = fmt::format("pattern {}", sources.size() + 1)});
  }
  auto compiled = scan::compile_patterns(sources);
  if (!compiled) return tl::unexpected(std::move(compiled.error()));
  for (std::size_t index = 0; index < patterns.size(); ++index) {
    if (!compiled->shapes[index].always) continue;
    return tl::unexpected(
        invalid_argument(fmt::format("{} matches nearly everywhere: '{}'", sources[index].name,
                                     patterns[index]),
                         "give it a literal or a rarer class of bytes"));
  }
  return scan::make_candidate_program(compiled->tables);
}

}  // namespace vyre
