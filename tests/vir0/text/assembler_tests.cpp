#include <gtest/gtest.h>

#include <chrono>

#include "vir0/isa.hpp"
#include "vyre/program_text.hpp"

namespace vyre::vir0 {
namespace {

Program assembled(std::string_view text) {
  auto program = assemble(text);
  EXPECT_TRUE(program) << program.error().message() << "\n" << text;
  return program.value_or(Program{});
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

TEST(Assembler, TakesImmediatesInEachSpelling) {
  const struct {
    const char* text;
    std::uint32_t immediate;
  } cases[] = {
      {"s.const s0, 0", 0},
      {"s.const s0, 4294967295", 0xFFFFFFFF},
      {"s.const s0, 0xFFFFffff", 0xFFFFFFFF},
      {"s.const s0, -1", 0xFFFFFFFF},
      {"s.const s0, -2147483648", 0x80000000},
      {"s.const s0, 'A'", 65},
      {"s.const s0, '\\''", 39},
      {"s.const s0, ';' ; a semicolon", ';'},
      {"s.const s0, ','", ','},
      {"s.const s0, '\\x80'", 128},
      {"s.const s0, 007", 7},
      {".const N 12\n s.const s0, N", 12},
      {"s.const s0, N\n .const N -2", 0xFFFFFFFE},
      {".const A -2\n.const B A\n s.const s0, B", 0xFFFFFFFE},
      {"count.byte s0, -1", 255},
      {"m.const m0, 1", 1},
      {"m.ballot s0, m0, 1", 1},
      {"s.input s0, after", 3},
      {"jump @7", 7},
      {"jump end\n halt\n end:", 2},
      {"jump at\nat: halt", 1},
      {"jump x\n.symbol label 99 \"x\"", 99},
      {"result s0, 5", 5},
      {".result a sum 3\n.result b sum 2\n result s0, b+1", 4},
      {".const K 2\n.result a sum 3\n result s0, a+K", 2},
      {"histogram h\n.result a sum\n.result h sum 256", 1},
      {"c.store s0, 15", 15},
      {"automaton 3", 3},
      {"automaton t\n.table\n.table t", 1},
      {"w.load v0, v0, m0, 2", 2},
      {"w.load v0, v0, m0, w\n.window v read 0\n.window w read 1", 1},
      {"repeat 0", 0},
      {"v.select v0, v0, v0, m7", 7},
      {"s.select s0, s0, s0, s15", 15},
      {".alias ok m5\n v.select v0, v0, v0, ok", 5},
  };
  for (const auto& c : cases) {
    const Program program = assembled(c.text);
    ASSERT_FALSE(program.code.empty()) << c.text;
    EXPECT_EQ(unpack(program.code[0]).immediate, c.immediate) << c.text;
  }
}

TEST(Assembler, PutsOperandsIntoTheirFields) {
  EXPECT_EQ(assembled("v.load.u8 v1, v2, m3").code[0], pack({Op::kLoadU8, 1, 2, 3, 0}));
  EXPECT_EQ(assembled("w.add v1,v2,m3,4").code[0], pack({Op::kWindowAdd, 1, 2, 3, 4}));
  EXPECT_EQ(assembled(" \t emit\tv9 , v15 ,m7").code[0], pack({Op::kEmit, 9, 15, 7, 0}));
  EXPECT_EQ(assembled(".alias i s4\n.alias n s5\n s.lt i, n, s0").code[0],
            pack({Op::kScalarLt, 4, 5, 0, 0}));
  EXPECT_EQ(assembled(".word 0x0123456789abcdef").code[0], 0x0123456789ABCDEFu);
  EXPECT_EQ(assembled(".word -1").code[0], ~std::uint64_t{0});
}

TEST(Assembler, FillsTables) {
  const std::pair<const char*, std::string_view> cases[] = {
      {".table", ""},
      {".table\n.u8 1, 'a', -1, 0x10", "\x01\x61\xFF\x10"},
      {".table\n.u16 258, -2", std::string_view("\x02\x01\xFE\xFF", 4)},
      {".table\n.u32 1, -1", std::string_view("\x01\0\0\0\xFF\xFF\xFF\xFF", 8)},
      {".table\n.hex 00fF 10", std::string_view("\0\xFF\x10", 3)},
      {".table t\n.text \"a\\n\\t\\r\\\\\\\"\\x00\\xfe\"\n.text \";b\" ; comment",
       std::string_view("a\n\t\r\\\"\0\xFE;b", 10)},
      {".const N 3\n.table\n.u8 N\n halt\n.u8 4", "\x03\x04"},
  };
  for (const auto& [text, data] : cases) {
    const Program program = assembled(text);
    ASSERT_EQ(program.tables.size(), 1u) << text;
    EXPECT_EQ(program.tables[0], bytes_of(data)) << text;
  }
  const Program set = assembled(".table\n.set \"\\x00\\n\\xff\"");
  std::vector<std::byte> expected(32);
  expected[0] = std::byte{1};
  expected[1] = std::byte{4};
  expected[31] = std::byte{0x80};
  EXPECT_EQ(set.tables.at(0), expected);
}

TEST(Assembler, KeepsDeclarations) {
  const Program program = assembled(
      ".metadata \"m\"\n.result lines sum\n.result \"odd name\" crc32c 2\n.result x 9\n"
      ".window w state 4 5\n.carry 7\n.emit 9\n.section 0x80000001\n.u8 1\n"
      ".symbol 3 1 \"s\"\n.symbol table 1 \"t\"");
  EXPECT_EQ(program.metadata, "m");
  EXPECT_EQ(program.results, (std::vector<ResultDeclaration>{{"lines", Combine::kSum, 1},
                                                             {"odd name", Combine::kCrc32c, 2},
                                                             {"x", Combine{9}, 1}}));
  EXPECT_EQ(program.windows, (std::vector<WindowDeclaration>{{"w", WindowAccess::kState, 4, 5}}));
  EXPECT_EQ(program.carry_words, 7u);
  EXPECT_EQ(program.emit_budget, 9u);
  EXPECT_EQ(program.unknown_sections, (std::vector<UnknownSection>{{0x80000001u, {std::byte{1}}}}));
  EXPECT_EQ(program.symbols,
            (std::vector<Symbol>{{Symbol::Kind{3}, 1, "s"}, {Symbol::Kind::kTable, 1, "t"}}));
}

TEST(Assembler, KnowsWhereInstructionsStand) {
  const auto assembled = assemble_with_positions("; first\r\n\n  a: b: halt\n\thalt\n.word 0");
  ASSERT_TRUE(assembled);
  EXPECT_EQ(assembled->positions, (std::vector<TextPosition>{{3, 9}, {4, 2}, {5, 1}}));
}

TEST(Assembler, TakesTextWithoutInstructions) {
  for (const char* text : {"", "\n", "  ", ";", "; only this", "\r\n\r\n", "a:", "@0:"}) {
    EXPECT_TRUE(assembled(text).code.empty()) << text;
  }
}

TEST(Assembler, ReadsMegabytesInASecond) {
  std::string text = ".table\n.u8 1";
  for (int i = 0; i < 2'000'000; ++i) text += ",255";
  text += "\n";
  for (int i = 0; i < 200'000; ++i) text += "l" + std::to_string(i) + ": halt\n";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(assembled(text).code.size(), 200'000u);
  // Far above what it takes, far below what anything quadratic would.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace vyre::vir0
