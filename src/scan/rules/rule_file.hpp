#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vyre/error.hpp"

namespace vyre::scan {

/// One entry of `[[rules]]`. `regex` and `path` are RE2 syntax; at least one is not empty.
struct Rule {
  std::string id;
  std::string description;
  /// What to find in a file's content; empty where the rule reports the file itself.
  std::string regex;
  /// Applies only to files whose printed path contains a match; empty for every file.
  std::string path;
  /// Line of `regex` (else of `path`, else of the rule) in the rules file, 1-based.
  std::uint32_t line = 0;
};

struct RuleFile {
  std::vector<Rule> rules;
  /// Keys that the file uses and that this program does not apply, in order of first use, as
  /// dotted names ("allowlist", "rules.entropy"). Purely descriptive keys are not among them.
  std::vector<std::string> unapplied_keys;
};

/// Reads the TOML rules of `path`. Errors are InvalidArgument (or Syscall where the file cannot be
/// read) and begin with "PATH:LINE:COLUMN:". Regexes are not compiled here: that is `compile`.
Result<RuleFile> load_rule_file(const std::string& path);

/// The text of a rules file; the same errors of reading it.
Result<std::string> read_rule_file(const std::string& path);

/// The same as load_rule_file for text in memory; `name` stands for the file in errors.
Result<RuleFile> parse_rule_file(std::string_view text, const std::string& name);

/// The one warning for keys that are not applied; empty where there are none.
std::string unapplied_keys_warning(const RuleFile& file, const std::string& name);

}  // namespace vyre::scan
