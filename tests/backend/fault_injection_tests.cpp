#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "backend/fault_injection.hpp"

namespace vyre::backend {
namespace {

using Kind = FaultInjection::Kind;

struct Row {
  std::string text;
  /// None: refused.
  std::optional<FaultInjection> injection;
};

class InjectionText : public ::testing::TestWithParam<Row> {};

TEST_P(InjectionText, IsAKindAndATile) {
  const Row& row = GetParam();
  SCOPED_TRACE("'" + row.text + "'");
  const auto parsed = parse_fault_injection(row.text);
  ASSERT_EQ(parsed.has_value(), row.injection.has_value());
  if (parsed) {
    EXPECT_EQ(*parsed, *row.injection);
    return;
  }
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(parsed.error().what, ::testing::HasSubstr(row.text));
  EXPECT_FALSE(parsed.error().fix.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Accepted, InjectionText,
    ::testing::Values(Row{"", FaultInjection{}}, Row{"bad-store:0", {{Kind::kBadStore, 0}}},
                      Row{"bad-store:20", {{Kind::kBadStore, 20}}}, Row{"hang:0", {{Kind::kHang}}},
                      Row{"hang:007", {{Kind::kHang, 7}}},
                      Row{"hang:4294967295", {{Kind::kHang, 0xFFFFFFFF}}},
                      Row{"end:3", {{Kind::kEnd, 3}}}, Row{"lose:9", {{Kind::kLose, 9}}},
                      Row{"lose=ABCDEFGH", {{Kind::kLose, 0, 0x4847464544434241}}},
                      Row{"end=ABCDEFGH", {{Kind::kEnd, 0, 0x4847464544434241}}},
                      Row{"hang=:=:=:=:=", {{Kind::kHang, 0, 0x3D3A3D3A3D3A3D3A}}}));

INSTANTIATE_TEST_SUITE_P(
    Refused, InjectionText,
    ::testing::Values(Row{"bad-store", {}}, Row{"hang", {}}, Row{"hang:", {}}, Row{":", {}},
                      Row{":3", {}}, Row{"3", {}}, Row{"none:1", {}}, Row{"bad:1", {}},
                      Row{"Hang:1", {}}, Row{"hanging:1", {}}, Row{"han:1", {}}, Row{" hang:1", {}},
                      Row{"hang :1", {}}, Row{"hang: 1", {}}, Row{"hang:1 ", {}},
                      Row{"hang:1\n", {}}, Row{"hang:-1", {}}, Row{"hang:+1", {}},
                      Row{"hang:0x1", {}}, Row{"hang:1x", {}}, Row{"hang:x", {}}, Row{"hang=", {}},
                      Row{"hang=1234567", {}}, Row{"hang=123456789", {}}, Row{"=12345678", {}},
                      Row{"end", {}}, Row{"lose", {}}, Row{"los:1", {}}, Row{"hang:1.5", {}},
                      Row{"hang:1:2", {}}, Row{"hang:4294967296", {}},
                      Row{"bad-store:99999999999999999999", {}}, Row{"bad-store:1,hang:2", {}}));

}  // namespace
}  // namespace vyre::backend
