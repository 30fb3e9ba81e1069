#include <gtest/gtest.h>

#include <string>

#include "tests/oracle/crc32c_arithmetic.hpp"
#include "tests/oracle/naive_run.hpp"
#include "tests/oracle/xxhash64.hpp"
#include "tests/support/automaton_builder.hpp"
#include "vyre/program_text.hpp"

// The oracle against values computed by hand.
namespace vyre::oracle {
namespace {

using wire::FaultCode;

/// Computes s0, as the last `result` sees it.
struct ValueCase {
  const char* name;
  const char* code;
  u64 expected;
};

const ValueCase kValueCases[] = {
    {"wrapping", "s.const s0, 1\n s.const s1, 2\n s.sub s0, s0, s1", ~u64{0}},
    {"high half", "s.const s0, 5\n s.const.high s0, 1", (u64{1} << 32) + 5},
    {"sign extension", "s.const s0, 5\n s.addi s0, s0, -7", ~u64{1}},
    {"shift by 64", "s.const s0, 1\n s.shli s0, s0, 64", 0},
    {"shift by 63", "s.const s0, 1\n s.shli s0, s0, 63", u64{1} << 63},
    {"rotation by 65", "s.const s0, 3\n s.const s1, 65\n s.rotl s0, s0, s1", 6},
    {"division by 0", "s.const s0, 9\n s.const s1, 0\n s.div s0, s0, s1", 0},
    {"remainder by 0", "s.const s0, 9\n s.const s1, 0\n s.rem s0, s0, s1", 9},
    {"leading zeros", "s.const s0, 1\n s.clz s0, s0", 63},
    {"trailing zeros of 0", "s.const s0, 0\n s.ctz s0, s0", 64},
    {"length", "s.input s0, length", 11},
    {"sum of lanes", "v.lane v0\n v.reduce.add s0, v0", 127 * 64},
    {"sum in 64 bits", "v.const v0, -1\n v.reduce.add s0, v0", 128 * u64{0xFFFFFFFF}},
    {"scan", "v.const v0, 3\n v.scan.add v0, v0\n v.reduce.max s0, v0", 384},
    {"exclusive scan", "v.const v0, 3\n v.scan.add.exclusive v0, v0\n v.reduce.max s0, v0", 381},
    {"lane shift by 32", "v.const v0, 1\n v.shli v0, v0, 32\n v.reduce.or s0, v0", 0},
    {"leading zeros of a lane", "v.const v0, 0\n v.clz v0, v0\n v.reduce.min s0, v0", 32},
    {"mask of bits", "s.const s1, 0x81\n s.const s2, 1\n m.bits m0, s1, s2\n m.last s0, m0", 64},
    {"ballot of the upper half", "v.lane v0\n m.gei m0, v0, 126\n m.ballot s0, m0, 1",
     u64{3} << 62},
    {"no first", "m.const m0, 0\n m.first s0, m0", 128},
    {"loop", "s.const s0, 0\n repeat 5\n repeat 3\n s.addi s0, s0, 1\n end\n end", 15},
    {"loop that never runs", "s.const s0, 0\n repeat.scalar s0, 3\n s.addi s0, s0, 1\n end", 0},
    {"break", "s.const s0, 0\n repeat 9\n s.addi s0, s0, 1\n s.eqi s1, s0, 4\n break s1\n end", 4},
    {"branch", "s.const s0, 7\n branch s0, over\n s.const s0, 1\nover:\n s.addi s0, s0, 1", 8},
    {"bytes", "s.const s1, 6\n v.block.u32 v0, s1\n s.const s1, 0\n v.extract s0, v0, s1",
     0x6C726F77},
    {"bytes over the end", "s.const s1, 9\n v.block.u32 v0, s1\n v.reduce.max s0, v0", 0x646C},
    {"bytes before",
     "s.const s1, -1\n s.const.high s1, -1\n v.block.u16 v0, s1\n s.const s1, 0\n"
     "v.extract s0, v0, s1",
     0x6800},
    {"table", "v.lane v0\n m.lti m0, v0, 3\n v.table.u16 v0, v0, m0, 1\n v.reduce.add s0, v0",
     0x201 + 0x403 + 0x605},
    {"count", "count.byte s0, 'l'", 3},
    {"bitmap", "s.const s1, 0\n class.bitmap v0, s1, 0\n v.reduce.or s0, v0", 0x20C},
    {"bitmap later", "s.const s1, 2\n class.bitmap v0, s1, 0\n v.reduce.or s0, v0", 0x83},
    {"find", "find.count s0, 2", 1},
    {"copy of nothing", "s.const s0, -1\n s.const s1, 0\n copy s0, s1", 0xFFFFFFFF},
};

constexpr const char* kDeclarations =
    ".result r xor\n.table\n.set \"lz\"\n.table\n.hex 010203040506\n.table\n.text \"o w\"\n";

TEST(NaiveRun, ComputesWhatTheTableSays) {
  for (const ValueCase& row : kValueCases) {
    const auto program = assemble(std::string(kDeclarations) + row.code + "\n result s0, r\n halt");
    ASSERT_TRUE(program) << row.name << ": " << program.error().what;
    const NaiveRun run = run_naive(*program, "hello world", {});
    ASSERT_FALSE(run.broken_promise) << row.name << ": " << *run.broken_promise;
    ASSERT_FALSE(run.fault) << row.name;
    EXPECT_EQ(run.results.at(0), row.expected) << row.name;
  }
}

struct FaultCase {
  const char* name;
  const char* code;
  FaultCode fault;
  u32 instruction;
};

const FaultCase kFaultCases[] = {
    {"load behind the end", "v.lane v0\n m.const m0, 1\n v.load.u8 v0, v0, m0",
     FaultCode::kTileOutOfRange, 2},
    {"load over the end", "v.lane v0\n m.lti m0, v0, 9\n v.load.u32 v0, v0, m0",
     FaultCode::kTileOutOfRange, 2},
    {"load that just fits", "v.lane v0\n m.lti m0, v0, 8\n v.load.u32 v0, v0, m0", FaultCode::kNone,
     0},
    {"load before", "v.const v0, -1\n m.const m0, 1\n v.load.u8 v0, v0, m0",
     FaultCode::kTileOutOfRange, 2},
    {"table", "v.lane v0\n m.lti m0, v0, 4\n v.table.u16 v0, v0, m0, 1",
     FaultCode::kTableOutOfRange, 2},
    {"window", "v.lane v0\n m.lti m0, v0, 3\n w.add v0, v0, m0, 0", FaultCode::kWindowOutOfRange,
     2},
    {"emit", "v.lane v0\n m.const m0, 1\n emit v0, v0, m0", FaultCode::kTileOutOfRange, 2},
    {"budget", "v.lane v0\n m.lti m0, v0, 4\n emit v0, v0, m0", FaultCode::kEmitBudgetExhausted, 2},
    {"budget just kept", "v.lane v0\n m.lti m0, v0, 3\n emit v0, v0, m0", FaultCode::kNone, 0},
    {"budget of find",
     "s.const s0, 0\n find.emit s0, 2\n find.emit s0, 2\n find.emit s0, 2\n"
     "find.emit s0, 2",
     FaultCode::kEmitBudgetExhausted, 4},
    {"copy", "s.const s0, 1\n s.const s1, 11\n copy s0, s1", FaultCode::kTileOutOfRange, 2},
};

TEST(NaiveRun, FaultsWhereTheTableSays) {
  for (const FaultCase& row : kFaultCases) {
    const auto program = assemble(std::string(kDeclarations) + ".window w add 1 2\n.emit 3\n" +
                                  row.code + "\n halt");
    ASSERT_TRUE(program) << row.name << ": " << program.error().what;
    const NaiveRun run = run_naive(*program, "hello world", {0, 0, 0, 0});
    ASSERT_FALSE(run.broken_promise) << row.name << ": " << *run.broken_promise;
    EXPECT_EQ(run.fault ? run.fault->code : FaultCode::kNone, row.fault) << row.name;
    EXPECT_EQ(run.fault ? run.fault->instruction : 0, row.instruction) << row.name;
  }
}

TEST(NaiveRun, NoticesWhatNoVerifiedProgramDoes) {
  for (const char* code :
       {"s.mov s0, s1\n halt", "s.const s0, 1", "c.load s0, 0\n halt",
        "v.lane v0\n m.const m0, 1\n w.min v0, v0, m0, 0\n halt", ".word 0xFF\n halt"}) {
    const auto program = assemble(std::string(".window w add 0 128\n") + code);
    ASSERT_TRUE(program) << code << ": " << program.error().what;
    EXPECT_TRUE(run_naive(*program, "x", std::vector<u32>(128)).broken_promise) << code;
  }
}

/// Sizes at which the last tile is short, whole, and empty.
const std::size_t kSizes[] = {0, 1, 31, 32, 33, 65535, 65536, 65537, 65568, 131072, 200000};

std::string text_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>((i * i + i / 97) % 251));
  return text;
}

TEST(NaiveRun, ChecksumsAreThoseOfTheWholeFile) {
  const Program program = assemble(
                              ".result crc crc32c\n.result xxh sum\n.carry 5\n"
                              "crc32c s0\n result s0, crc\n xxh64 s0, 1\n result s0, xxh\n halt")
                              .value();
  for (const std::size_t size : kSizes) {
    const std::string text = text_of(size);
    const NaiveRun run = run_naive(program, text, {});
    ASSERT_EQ(run.results.size(), 2u);
    EXPECT_EQ(run.results[0], crc32c_of(text)) << size;
    EXPECT_EQ(run.results[1], xxh64_of(text)) << size;
  }
}

TEST(NaiveRun, FindsAcrossTilesOnce) {
  const Program program = assemble(
                              ".result n sum\n.table\n.text \"aba\"\n.carry 1\n"
                              "find.count s0, 0\n result s0, n\n c.load s1, 0\n find.emit s1, 0\n"
                              "s.addi s1, s1, 1\n c.store s1, 0\n halt")
                              .value();
  std::string text(65536, '.');
  text.replace(65533, 3, "aba");
  text += "ba.aba";
  const NaiveRun run = run_naive(program, text, {});
  EXPECT_EQ(run.results.at(0), 3u);
  EXPECT_EQ(run.records, (std::vector<NaiveRecord>{{65533, 0}, {65535, 0}, {65539, 1}}));
}

TEST(NaiveRun, AutomataSeeTheirHalo) {
  using testing::Factor;
  using testing::Follow;
  using testing::literal;
  Program program = assemble("automaton 0\n halt\n.table\n.u8 0").value();
  const std::vector<Factor> factors = {{literal("abc"), 7, {}},
                                       {literal("bc"), 8, Follow{literal("de")}},
                                       {literal("c"), 9, Follow{literal("x"), 1}}};
  program.tables[0] = testing::build_automaton(factors);
  constexpr std::size_t kBegins[] = {0, 65530, 65534, 65535, 65536, 131070};
  for (const std::size_t begin : kBegins) {
    const std::string text = std::string(begin, '.') + "abcdebcd";
    std::vector<NaiveRecord> expected;
    for (const auto& record : testing::naive_matches(factors, text, 0, text.size())) {
      expected.push_back({record.offset, record.value});
    }
    EXPECT_EQ(expected.size(), 3u);
    EXPECT_EQ(run_naive(program, text, {}).records, expected) << begin;
  }
}

}  // namespace
}  // namespace vyre::oracle
