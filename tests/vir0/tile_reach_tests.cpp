#include <gtest/gtest.h>

#include <string>

#include "base/units.hpp"
#include "tests/support/automaton_builder.hpp"
#include "vir0/isa.hpp"
#include "vir0/tile_reach.hpp"
#include "vyre/program_text.hpp"

namespace vyre::vir0 {
namespace {

struct ReachCase {
  const char* name;
  const char* text;
  u32 before;
  u32 after;
};

// 64 more than what is needed, rounded up to 64.
constexpr ReachCase kCases[] = {
    {"nothing", "halt\n", 64, 64},
    {"bytes_of_the_tile", "count.byte s0, 10\nhalt\n", 64, 64},
    {"checksum", ".result crc crc32c\ncrc32c s0\nresult s0, crc\nhalt\n", 64, 64},
    {"loads", "v.lane v0\nm.const m0, 1\nv.load.u8 v1, v0, m0\nhalt\n", 4096, 4096},
    {"blocks", "s.const s0, 0\nv.block.u32 v0, s0\nhalt\n", 4096, 4096},
    {"copies", "s.const s0, 0\ncopy s0, s0\nhalt\n", 4096, 4096},
    {"literal", ".table a\n .text \"needle\"\nfind.count s0, a\nhalt\n", 64, 128},
    {"class", ".table a\n .set \"a\"\ns.const s0, 0\nclass.bitmap v0, s0, a\nhalt\n", 64, 64},
};

class TileReachOf : public ::testing::TestWithParam<ReachCase> {};

TEST_P(TileReachOf, IsWhatTheInstructionsNeed) {
  const auto program = assemble(GetParam().text);
  ASSERT_TRUE(program) << program.error().message();
  const TileReach reach = tile_reach(*program);
  EXPECT_EQ(reach.before, GetParam().before);
  EXPECT_EQ(reach.after, GetParam().after);
}

INSTANTIATE_TEST_SUITE_P(All, TileReachOf, ::testing::ValuesIn(kCases),
                         [](const auto& param) { return std::string(param.param.name); });

/// Looks back by its longest factor, forward by its longest check.
TEST(TileReach, OfAnAutomatonIsThatOfItsFactorsAndChecks) {
  const auto needle = testing::literal("0123456789012345678901234567890123456789");
  const auto tail = testing::literal("tail");
  const testing::Follow near{.bytes = tail, .limit = 64};
  const testing::Follow far{.bytes = tail, .limit = 1500};
  Program program;
  program.code = {pack({.op = Op::kAutomaton, .dst = 0, .a = 0, .b = 0, .immediate = 0}),
                  pack({.op = Op::kHalt, .dst = 0, .a = 0, .b = 0, .immediate = 0})};
  program.tables = {testing::build_automaton({{.bytes = needle, .value = 1, .follow = {}}})};
  EXPECT_EQ(tile_reach(program).before, 128u);
  EXPECT_EQ(tile_reach(program).after, 64u);
  program.tables = {
      testing::build_automaton({{.bytes = testing::literal("a"), .value = 1, .follow = near},
                                {.bytes = needle, .value = 2, .follow = far}})};
  EXPECT_EQ(tile_reach(program).before, 128u);
  EXPECT_EQ(tile_reach(program).after, 1536u + 64);
}

}  // namespace
}  // namespace vyre::vir0
