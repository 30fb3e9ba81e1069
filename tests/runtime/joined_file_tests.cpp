#include <gtest/gtest.h>

#include "runtime/joined_file.hpp"
#include "tests/runtime/program_harness.hpp"

namespace vyre::runtime {
namespace {

ResultFold fold_of(std::uint64_t sum) {
  const VerifiedProgram program =
      test::program_of(".result lines sum\n count.byte s0, 'a'\n result s0, lines\n halt\n");
  ResultFold fold(program.program());
  fold.add(std::vector{sum});
  return fold;
}

FileEnd part_of(std::uint64_t sum, std::uint64_t bytes) { return {fold_of(sum), bytes}; }

Error broken(std::string what) { return unavailable(std::move(what), "mend it"); }

TEST(JoinedFile, WhoEndsTheLastPartHasAllOfThem) {
  JoinedFile file(3);
  FileEnd parts[] = {part_of(5, 20), part_of(1, 100), part_of(7, 100)};
  EXPECT_FALSE(file.join(200, parts[0]));
  EXPECT_FALSE(file.join(0, parts[1]));
  ASSERT_TRUE(file.join(100, parts[2]));
  EXPECT_EQ(parts[2].bytes, 220u);
  EXPECT_FALSE(parts[2].error);
  EXPECT_EQ(parts[2].fold.finish(220)[0], 13u);
}

TEST(JoinedFile, OfSeveralErrorsTheFirstInTheFileStandsWithTheBytesBeforeIt) {
  const std::uint64_t orders[][3] = {{0, 100, 200}, {200, 100, 0}, {100, 200, 0}, {200, 0, 100}};
  for (const auto& order : orders) {
    JoinedFile file(3);
    std::optional<FileEnd> whole;
    for (const std::uint64_t begin : order) {
      FileEnd part = part_of(1, begin == 0 ? 100 : 10);
      if (begin != 0) {
        part.error = broken(std::to_string(begin));
        part.fault = ProgramFault{.code = 1, .tile_offset = begin};
      }
      if (file.join(begin, part)) whole = part;
    }
    ASSERT_TRUE(whole && whole->error && whole->fault);
    EXPECT_EQ(whole->error->what, "100");
    EXPECT_EQ(whole->fault->tile_offset, 100u);
    EXPECT_EQ(whole->bytes, 110u);
  }
}

TEST(JoinedFile, CountsOnceAndAsFailedWhereAnyPartHas) {
  for (const bool fails : {false, true}) {
    JoinedFile file(3);
    EXPECT_FALSE(file.count(false));
    EXPECT_FALSE(file.count(fails));
    EXPECT_EQ(file.count(false), std::optional(fails));
  }
}

}  // namespace
}  // namespace vyre::runtime
