#include <gtest/gtest.h>

#include <random>

#include "tests/vir0/text/random_program.hpp"
#include "vyre/program_text.hpp"

namespace vyre::vir0 {
namespace {

void expect_round_trip(const Program& program) {
  const std::string text = disassemble(program);
  const auto assembled = assemble_with_positions(text);
  ASSERT_TRUE(assembled) << assembled.error().front().message() << "\n" << text;
  EXPECT_EQ(assembled->program, program) << text;
  EXPECT_EQ(assembled->positions.size(), program.code.size());
  // The text that people write by hand is one of many; the disassembler's own is a fixed point.
  EXPECT_EQ(disassemble(assembled->program), text);
}

TEST(TextRoundTrip, OfRandomPrograms) {
  const std::uint32_t first = std::random_device()();
  for (std::uint32_t seed = first; seed != first + 4000; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    expect_round_trip(RandomProgram(seed).make());
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(TextRoundTrip, OfAnEmptyProgram) { expect_round_trip(Program{}); }

TEST(TextRoundTrip, OfEachInstructionWithEachImmediate) {
  Program program;
  program.results = {{"lines", Combine::kSum, 3}, {"none", Combine::kMin, 0}, {"", {}, 300}};
  program.windows = {{"w", WindowAccess::kState, 0, 1}};
  program.tables.resize(2);
  program.symbols = {{Symbol::Kind::kLabel, 2, "here"}, {Symbol::Kind::kTable, 1, "t"}};
  for (const InstructionInfo& info : instructions()) {
    for (const std::uint32_t immediate :
         {0u, 1u, 2u, 3u, 10u, 39u, 65u, 127u, 255u, 256u, 65536u, 65537u, 0x7FFFFFFFu, 0x80000000u,
          0xFFFEFFFFu, 0xFFFF0000u, 0xFFFFFFFFu}) {
      program.code.push_back(pack({info.op, 1, 2, 3, immediate}));
      program.code.push_back(pack({info.op, 0, 0, 0, immediate}));
    }
    program.code.push_back(pack({info.op, 16, 0, 0, 0}));
    program.code.push_back(pack({info.op, 0, 8, 0, 0}));
    program.code.push_back(pack({info.op, 0, 0, 15, 0}));
    program.code.push_back(pack({info.op, kProvenInBounds, 0, 0, 0}));
  }
  expect_round_trip(program);
}

TEST(TextRoundTrip, OfEachOpcodeByte) {
  Program program;
  for (std::uint64_t op = 0; op < 256; ++op) program.code.push_back(op);
  expect_round_trip(program);
}

TEST(TextRoundTrip, OfSymbolsInAnyOrder) {
  using Kind = Symbol::Kind;
  const std::vector<std::vector<Symbol>> cases = {
      {{Kind::kLabel, 0, "a"}, {Kind::kLabel, 0, "b"}, {Kind::kLabel, 3, "end"}},
      {{Kind::kLabel, 2, "late"}, {Kind::kLabel, 0, "early"}},
      {{Kind::kLabel, 1, "twice"}, {Kind::kLabel, 2, "twice"}},
      {{Kind::kTable, 1, "t"}, {Kind::kTable, 1, "u"}, {Kind::kTable, 0, "v"}},
      {{Kind::kTable, 0, "t"}, {Kind::kLabel, 0, "t"}, {Kind::kTable, 1, "u"}},
      {{Kind::kLabel, 0, "l"}, {Kind::kTable, 0, "t"}, {Kind::kLabel, 1, "m"}},
      {{Kind::kLabel, 4, "beyond"}, {Kind::kTable, 2, "beyond"}, {Kind::kLabel, 3, "end"}},
      {{Kind{7}, 0, "odd"}, {Kind::kLabel, 0, "odd name"}, {Kind::kLabel, ~0u, ""}},
  };
  for (const std::vector<Symbol>& symbols : cases) {
    Program program;
    program.code = {pack({Op::kJump, 0, 0, 0, 1}), pack({Op::kAutomaton, 0, 0, 0, 1}),
                    pack({Op::kJump, 0, 0, 0, 3})};
    program.tables = {{}, {std::byte{'x'}}};
    program.symbols = symbols;
    expect_round_trip(program);
  }
}

TEST(TextRoundTrip, OfTablesByUse) {
  for (const Op op : {Op::kTableU8, Op::kTableU16, Op::kTableU32, Op::kClassBitmap, Op::kFindCount,
                      Op::kAutomaton, Op::kHalt}) {
    for (const std::size_t size : {0u, 1u, 2u, 4u, 31u, 32u, 33u, 64u, 1024u, 100'000u}) {
      Program program;
      program.code = {pack({op, 0, 0, 0, 0})};
      program.tables.emplace_back(size);
      for (std::size_t i = 0; i < size; ++i) program.tables[0][i] = static_cast<std::byte>(i * 37);
      expect_round_trip(program);
    }
  }
}

TEST(TextRoundTrip, OfResultsPastTheLastNumber) {
  Program program;
  program.results = {{"a", Combine::kSum, ~0u}, {"b", Combine::kSum, ~0u}, {"c", Combine::kOr, 1}};
  for (const std::uint32_t immediate : {0u, 1u, ~0u - 1, ~0u}) {
    program.code.push_back(pack({Op::kResult, 0, 0, 0, immediate}));
  }
  expect_round_trip(program);
}

}  // namespace
}  // namespace vyre::vir0
