// Any text as a rules file: rules, or an error that says where.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "scan/rules/rule_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rules =
      vyre::scan::parse_rule_file({reinterpret_cast<const char*>(data), size}, "rules.toml");
  VYRE_CHECK(rules || rules.error().what.starts_with("rules.toml:"));
  return 0;
}
