// What the disassembler writes for programs that people wrote: the same text again.

#include <gtest/gtest.h>

#include <algorithm>

#include "vyre/program_text.hpp"

namespace vyre {
namespace {

constexpr const char* kCanonical[] = {
    R"(.metadata "newlines"
.result lines sum
  count.byte s0, '\n'
  result s0, lines
  halt
)",
    R"(.result counts sum 256
.window seen or 4 16
.carry 4
.emit 100
.table words
  .text "one\n"
  .text "two"
.table spaces
  .set "\t\n "
.table squares
  .u16 0, 1, 4, 9, 16, 25, 36, 49
  .u16 64
.table
  .hex 00ff10
  s.input s1, length
  branch.zero s1, done
  repeat 100
    s.addi s1, s1, -1
    repeat.scalar s1, 7
      break s1
      jump @7
@7:
    end
  end
again:
  class.bitmap v0, s1, spaces
  v.table.u16 v1, v0, m0, squares
  find.count s2, words
  v.select v2, v0, v1, m3
  s.select s2, s0, s1, s9
  w.or v1, v0, m0, seen
  histogram counts
  result s2, counts+12
  c.store s2, 3
  m.const m1, 1
  s.const s3, 0xffffffff
done:
  halt
.section 0x80000001
  .text "carried"
)",
    R"(.table both
  .hex 000102ff
.table nearly_all
  .hex feffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
  v.table.u8 v0, v1, m0, both
  v.table.u16 v0, v1, m0, both
  class.bitmap v0, s0, nearly_all
)",
    R"(.result "my result" sum
.result max max
.symbol label 1 "two words"
  jump @1
@1:
  .word 0x00000000000000ff
  result s0, 0
  result s0, max
)",
};

TEST(Disassembler, WritesPleasantProgramsAsTheyAre) {
  for (const char* text : kCanonical) {
    const auto program = assemble(text);
    ASSERT_TRUE(program) << program.error().message();
    EXPECT_EQ(disassemble(*program), text);
  }
}

TEST(Disassembler, StaysLinearForDeepLoops) {
  Program program;
  program.code.assign(10'000, 0x04 | std::uint64_t{1} << 32);
  EXPECT_LT(disassemble(program).size(), program.code.size() * 64);
}

TEST(Disassembler, BreaksLongTablesIntoLines) {
  Program program;
  program.tables.emplace_back(100'000, std::byte{0xAB});
  const std::string text = disassemble(program);
  std::size_t longest = 0;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    longest = std::max(longest, end - begin);
  }
  EXPECT_EQ(longest, 7 + 128u);
}

}  // namespace
}  // namespace vyre
