// Each mistake is reported at the token that is wrong, as 1-based line:column, columns in bytes.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "vyre/program_text.hpp"

namespace vyre {
namespace {

struct Case {
  std::string_view text;
  std::vector<TextPosition> positions;
  /// What the first error's fix must name; nothing where empty.
  std::string_view meant = "";
};

const std::vector<Case> kCases = {
    // Mnemonics.
    {"hlat", {{1, 1}}, "halt"},
    {"\n  v.laod.u8 v0, v0, m0", {{2, 3}}, "v.load.u8"},
    {"halt:\n jump halt\n HALT", {{3, 2}}},
    {"qqqqqqqqqqqq", {{1, 1}}},
    {"loop halt", {{1, 1}}},
    {"s0", {{1, 1}}},
    // What begins no line.
    {"12", {{1, 1}}},
    {"  , halt", {{1, 3}}},
    {"\"text\"", {{1, 1}}},
    {"# comment", {{1, 1}}},
    {"halt # comment", {{1, 6}}},
    {"// comment", {{1, 1}}},
    {std::string_view("ha\0lt", 5), {{1, 1}}},
    {std::string_view("\0", 1), {{1, 1}}},
    {"halt\r halt", {{1, 5}}},
    {"\xEF\xBB\xBFhalt", {{1, 1}}},
    {"  caf\xC3\xA9: halt", {{1, 3}}},
    {"halt ; caf\xC3\xA9\n  x\xC3\xA9", {{2, 3}}},
    // Operands.
    {"s.add s0, s1", {{1, 13}}, "s.add sD, sA, sB"},
    {"s.add s0, s1 ; comment", {{1, 14}}},
    {"s.add", {{1, 6}}},
    {"s.add s0 s1, s2", {{1, 10}}},
    {"s.add s0,, s2", {{1, 10}}},
    {"s.add s0, s1,", {{1, 14}}},
    {"s.add s0, s1, s2,", {{1, 17}}},
    {"s.add s0, s1, s2 s3", {{1, 18}}},
    {"halt s0", {{1, 6}}},
    {"s.add s0, v1, s2", {{1, 11}}},
    {"s.add s0, s16, s2", {{1, 11}}},
    {"s.add s0, s01, s2", {{1, 11}}},
    {"v.lane v16", {{1, 8}}},
    {"m.not m8, m0", {{1, 7}}},
    {"m.not m0, m", {{1, 11}}},
    {"s.mov S0, s1", {{1, 7}}},
    {"s.mov 0, s1", {{1, 7}}},
    {".alias total s3\n s.mov s0, totl", {{2, 12}}, "total"},
    {".alias lanes m3\n s.mov s0, lanes", {{2, 12}}},
    // Numbers.
    {"s.const s0, 4294967296", {{1, 13}}},
    {"s.const s0, -2147483649", {{1, 13}}},
    {"s.const s0, 18446744073709551616", {{1, 13}}},
    {"s.const s0, 0x", {{1, 13}}},
    {"s.const s0, 0xfg", {{1, 13}}},
    {"s.const s0, 12ab", {{1, 13}}},
    {"s.const s0, 1_000", {{1, 13}}},
    {"s.const s0, -", {{1, 13}}},
    {"s.const s0, --1", {{1, 13}}},
    {"s.const s0, s1", {{1, 13}}},
    {"s.const s0, \"a\"", {{1, 13}}},
    {"s.const s0, ''", {{1, 13}}},
    {"s.const s0, 'ab'", {{1, 13}}},
    {"s.const s0, 'a", {{1, 13}}},
    {"s.const s0, '\\", {{1, 13}}},
    {"s.const s0, '\\q'", {{1, 14}}},
    {"s.const s0, '\\x1'", {{1, 14}}},
    {".const SIZE 4\n s.const s0, SIZ", {{2, 14}}, "SIZE"},
    {"count.byte s0, 256", {{1, 16}}},
    {"m.const m0, 2", {{1, 13}}},
    {"m.ballot s0, m0, 2", {{1, 18}}},
    {"s.input s0, lenght", {{1, 13}}, "length"},
    {"s.input s0, 1", {{1, 13}}},
    // Names.
    {"jump nowhere", {{1, 6}}},
    {"looop: jump loop", {{1, 13}}, "looop"},
    {"jump 3", {{1, 6}}},
    {"jump @", {{1, 7}}},
    {"jump @x", {{1, 7}}},
    {"jump @4294967296", {{1, 7}}},
    {"a: halt\na: halt", {{2, 1}}},
    {".symbol label 1 \"a\"\na: halt", {{2, 1}}},
    {".symbol label 1 \"a\"\n.symbol label 2 \"a\"\n jump a", {{3, 7}}},
    {"@1: halt", {{1, 2}}},
    {"halt\n@0: halt", {{2, 2}}},
    {"@x: halt", {{1, 2}}},
    {"@0 halt", {{1, 4}}},
    {"@", {{1, 2}}},
    {"result s0, lnes\n.result lines sum", {{1, 12}}, "lines"},
    {".result lines sum 2\n result s0, lines+2", {{2, 19}}},
    {".result lines sum\n result s0, lines+", {{2, 19}}},
    {".result lines sum\n result s0, lines + -1", {{2, 21}}},
    {".result a sum 0xffffffff\n.result b sum 2\n result s0, b+1", {{3, 13}}},
    {".result a sum\n.result a sum", {{2, 9}}},
    {".result a sum\n.result \"a\" sum\n result s0, a", {{3, 13}}},
    {"automaton tabel\n.table table", {{1, 11}}, "table"},
    {".table t\n.table t", {{2, 8}}},
    {"w.load v0, v0, m0, x", {{1, 20}}},
    {"c.load s0, -", {{1, 12}}},
    // Directives.
    {".tabel", {{1, 1}}, ".table"},
    {".", {{1, 1}}},
    {".metadata", {{1, 10}}},
    {".metadata text", {{1, 11}}},
    {".metadata \"a\" \"b\"", {{1, 15}}},
    {".metadata \"a", {{1, 11}}},
    {".metadata \"a\\\"", {{1, 11}}},
    {".metadata \"ab\\q\"", {{1, 14}}},
    {".metadata \"ab\\xZ0\"", {{1, 14}}},
    {".metadata \"a\"\n.metadata \"b\"", {{2, 1}}},
    {std::string_view(".metadata \"a\0b\"", 15), {{1, 13}}},
    {".carry 1\n.carry 2", {{2, 1}}},
    {".carry", {{1, 7}}},
    {".carry 1 2", {{1, 10}}},
    {".emit 1\n.emit 1", {{2, 1}}},
    {".emit -1x", {{1, 7}}},
    {".result", {{1, 8}}},
    {".result 5 sum", {{1, 9}}},
    {".result .a sum", {{1, 9}}},
    {".result a", {{1, 10}}},
    {".result a smu", {{1, 11}}, "sum"},
    {".result a 256", {{1, 11}}},
    {".result a sum x", {{1, 15}}},
    {".result a sum 1 1", {{1, 17}}},
    {".window w", {{1, 10}}},
    {".window w raed 0", {{1, 11}}, "read"},
    {".window w read", {{1, 15}}},
    {".window w read 0 1 2", {{1, 20}}},
    {".table t u", {{1, 10}}},
    {".table 5", {{1, 8}}},
    {".u8 1", {{1, 1}}},
    {".text \"a\"", {{1, 1}}},
    {".table\n.u8", {{2, 4}}},
    {".table\n.u8 256", {{2, 5}}},
    {".table\n.u8 1 2", {{2, 7}}},
    {".table\n.u8 1,", {{2, 7}}},
    {".table\n.u16 65536", {{2, 6}}},
    {".table\n.u32 -2147483649", {{2, 6}}},
    {".table\n.u8 N\n.const N 1", {{2, 5}}},
    {".table\n.hex", {{2, 5}}},
    {".table\n.hex 0", {{2, 6}}},
    {".table\n.hex 00 1", {{2, 9}}},
    {".table\n.hex 00fg", {{2, 8}}},
    {".table\n.hex \"00\"", {{2, 6}}},
    {".table\n.text a", {{2, 7}}},
    {".table\n.set", {{2, 5}}},
    {".section", {{1, 9}}},
    {".section x", {{1, 10}}},
    {".section 0x7fffffff", {{1, 10}}, "0x80000000"},
    {".section 1 2", {{1, 12}}},
    {".symbol labl 1 \"a\"", {{1, 9}}, "label"},
    {".symbol label x \"a\"", {{1, 15}}},
    {".symbol label 1 a", {{1, 17}}},
    {".symbol label 1", {{1, 16}}},
    {".symbol label 1 \"a\" b", {{1, 21}}},
    {".alias s3 s4", {{1, 8}}},
    {".alias a b", {{1, 10}}},
    {".alias a s1 s2", {{1, 13}}},
    {".alias a s1\n.alias a s2", {{2, 8}}},
    {".const", {{1, 7}}},
    {".const A", {{1, 9}}},
    {".const A B", {{1, 10}}},
    {".const A 1\n.const A 2", {{2, 8}}},
    {".const A -9223372036854775809", {{1, 10}}},
    {".word", {{1, 6}}},
    {".word 1 2", {{1, 9}}},
    // More than one, in the order of the text although names are looked up last.
    {"jump a\nhlat\njump b\n.carry x", {{1, 6}, {2, 1}, {3, 6}, {4, 8}}},
    {"hlat\n.result lines smu\nresult s0, lines", {{1, 1}, {2, 15}}},
    {"s.add s0, v1, v2", {{1, 11}}},
};

std::string places(const std::vector<TextPosition>& positions) {
  std::string text;
  for (const TextPosition& position : positions) {
    text += std::to_string(position.line) + ":" + std::to_string(position.column) + " ";
  }
  return text;
}

TEST(AssemblerErrors, StandAtTheWrongToken) {
  for (const Case& c : kCases) {
    const auto assembled = assemble_with_positions(c.text);
    ASSERT_FALSE(assembled) << c.text;
    std::vector<TextPosition> positions;
    std::string messages;
    for (const TextError& error : assembled.error()) {
      positions.push_back(error.position);
      messages += error.message() + "\n";
      EXPECT_FALSE(error.what.empty());
    }
    EXPECT_EQ(places(positions), places(c.positions)) << c.text << "\n" << messages;
    EXPECT_NE(assembled.error().front().fix.find(c.meant), std::string::npos) << c.text << "\n"
                                                                              << messages;
  }
}

TEST(AssemblerErrors, AreAtMostTwenty) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "hlat\n";
  const auto assembled = assemble_with_positions(text);
  ASSERT_FALSE(assembled);
  EXPECT_EQ(assembled.error().size(), kMaxTextErrors);
  EXPECT_EQ(assembled.error().back().position, (TextPosition{20, 1}));
}

TEST(AssemblerErrors, OfTheShortFormHoldPlaceAndNumber) {
  const auto program = assemble("halt\n hlat\nhlat");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(program.error().detail, 2);
  EXPECT_TRUE(program.error().what.starts_with("2:2: "));
}

TEST(AssemblerErrors, ComeFastWithManyNames) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "label" + std::to_string(i) + ":\n";
  for (int i = 0; i < 100; ++i) text += " jump lable7\n";
  const auto assembled = assemble_with_positions(text);
  ASSERT_FALSE(assembled);
  EXPECT_EQ(assembled.error().size(), kMaxTextErrors);
}

}  // namespace
}  // namespace vyre
