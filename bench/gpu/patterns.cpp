#include "patterns.hpp"

#include "fail.hpp"
#include "scan/automata/compile.hpp"
#include "scan/rules/rule_file.hpp"

namespace vyre::bench::gpu {

Tables literal_table(const std::string& literal) {
  const std::vector<scan::PatternSource> sources{
      {.text = literal, .dialect = scan::Dialect::kLine, .name = literal}};
  return expect(scan::compile_patterns(sources)).tables;
}

Tables rule_tables(const std::string& rules_file) {
  std::vector<scan::PatternSource> sources;
  for (const scan::Rule& rule : expect(scan::load_rule_file(rules_file)).rules) {
    if (rule.regex.empty()) continue;
    sources.push_back({.text = rule.regex, .dialect = scan::Dialect::kRe2, .name = rule.id});
  }
  return expect(scan::compile_patterns(sources)).tables;
}

}  // namespace vyre::bench::gpu
