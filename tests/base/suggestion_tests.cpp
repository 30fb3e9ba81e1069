#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/suggestion.hpp"

namespace vyre::base {
namespace {

TEST(Suggestion, FindsWhatWasMeant) {
  const std::vector<std::string> known = {"--json",        "--stats", "--rules",
                                          "--ignore-case", "scan",    "doctor"};
  const std::pair<const char*, const char*> cases[] = {{"--jsno", "--json"},
                                                       {"--jso", "--json"},
                                                       {"--stat", "--stats"},
                                                       {"--rule", "--rules"},
                                                       {"scna", "scan"},
                                                       {"doktor", "doctor"},
                                                       {"--ignore", "--ignore-case"},
                                                       {"--colour", ""},
                                                       {"x", ""},
                                                       {"", ""},
                                                       {"unrelated", ""}};
  for (const auto& [typed, meant] : cases) EXPECT_EQ(closest_match(typed, known), meant) << typed;
  EXPECT_EQ(closest_match(std::string(100'000, 'a'), known), "");
}

}  // namespace
}  // namespace vyre::base
