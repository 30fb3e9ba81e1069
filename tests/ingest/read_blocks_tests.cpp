#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <vector>

#include "ingest/read_blocks.hpp"

namespace vyre::ingest {
namespace {

constexpr u32 kBlock = 512;

struct Case {
  const char* name;
  u32 blocks;
  std::set<u64> bad;
  int error;
  /// What is read in the end; else `error` is told.
  bool succeeds;
};

bool concerns(const Error& error) { return error.detail == EIO || error.detail == ENODATA; }

class ReadBlocks : public ::testing::TestWithParam<Case> {};

TEST_P(ReadBlocks, MakesZerosOfBadBlocksAlone) {
  const Case& test = GetParam();
  constexpr u64 kFirst = 7;
  std::vector<std::byte> target(test.blocks * kBlock, std::byte{0xEE});
  const auto read = [&](u64 first, std::span<std::byte> blocks) -> Status {
    for (u64 i = 0; i < blocks.size() / kBlock; ++i) {
      if (test.bad.count(first + i) != 0) return tl::unexpected(syscall_error("read", test.error));
    }
    std::fill(blocks.begin(), blocks.end(), std::byte{1});
    return {};
  };
  const Status done = read_blocks(kFirst, target, kBlock, read, concerns);
  ASSERT_EQ(done.has_value(), test.succeeds);
  if (!done) {
    EXPECT_EQ(done.error().detail, test.error);
    return;
  }
  for (std::size_t i = 0; i < target.size(); ++i) {
    const bool bad = test.bad.count(kFirst + i / kBlock) != 0;
    ASSERT_EQ(target[i], std::byte{bad ? u8{0} : u8{1}}) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReadBlocks,
    ::testing::Values(Case{"None", 20, {}, EIO, true}, Case{"One", 20, {9}, ENODATA, true},
                      Case{"Edges", 20, {7, 26}, EIO, true}, Case{"AllOfFew", 2, {7, 8}, EIO, true},
                      Case{"AllMedia", 8, {7, 8, 9, 10, 11, 12, 13, 14}, ENODATA, true},
                      Case{"DeviceFails", 8, {7, 8, 9, 10, 11, 12, 13, 14}, EIO, false},
                      Case{"DeviceGone", 20, {9}, ENODEV, false}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace vyre::ingest
