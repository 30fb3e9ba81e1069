#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <random>

#include "nvme/identify.hpp"

namespace vyre::nvme {
namespace {

using Data = std::array<std::byte, kIdentifyBytes>;

struct Format {
  u16 metadata = 0;
  u8 shift = 9;
};

/// An Identify Namespace structure with `formats` formats, of which number `in_use` is `format`.
Data namespace_data(u64 blocks, u32 formats, u8 in_use, const Format& format) {
  Data data{};
  for (std::size_t i = 0; i < 8; ++i) data[i] = static_cast<std::byte>(blocks >> (8 * i));
  data[25] = static_cast<std::byte>(formats - 1);
  data[26] = static_cast<std::byte>(in_use);
  const std::size_t number = (in_use & 0xFu) | (formats > 16 ? (in_use >> 1) & 0x30u : 0u);
  const std::size_t entry = 128 + 4 * number;
  data[entry] = static_cast<std::byte>(format.metadata);
  data[entry + 1] = static_cast<std::byte>(format.metadata >> 8);
  data[entry + 2] = static_cast<std::byte>(format.shift);
  return data;
}

TEST(IdentifyNamespace, FindsTheFormatInUse) {
  struct Case {
    u64 blocks;
    u32 formats;
    u8 in_use;
    u8 shift;
  };
  for (const auto& [blocks, formats, in_use, shift] :
       {Case{1000, 1, 0, 9}, Case{u64{1} << 40, 2, 1, 12}, Case{5, 16, 15, 10},
        Case{5, 64, 0x65, 11}, Case{5, 64, 0x6F, 12}, Case{5, 1, 0x60, 9}}) {
    const auto identity =
        parse_identify_namespace(namespace_data(blocks, formats, in_use, {0, shift}), 3);
    ASSERT_TRUE(identity) << identity.error().message();
    EXPECT_EQ(identity->nsid, 3u);
    EXPECT_EQ(identity->blocks, blocks);
    EXPECT_EQ(identity->block_bytes, 1u << shift);
  }
}

TEST(IdentifyNamespace, RefusesWhatCannotBeReadOrCannotBe) {
  struct Case {
    const char* what;
    Data data;
    ErrorCode code;
  };
  const Case cases[] = {
      {"no blocks", namespace_data(0, 1, 0, {}), ErrorCode::kUnavailable},
      {"all zero", Data{}, ErrorCode::kUnavailable},
      {"metadata apart", namespace_data(9, 1, 0, {8, 9}), ErrorCode::kUnavailable},
      {"metadata in the block", namespace_data(9, 1, 0x10, {16, 12}), ErrorCode::kUnavailable},
      {"tiny blocks", namespace_data(9, 1, 0, {0, 8}), ErrorCode::kUnavailable},
      {"blocks of no shift", namespace_data(9, 1, 0, {0, 0}), ErrorCode::kUnavailable},
      {"huge blocks", namespace_data(9, 1, 0, {0, 16}), ErrorCode::kUnavailable},
      {"a shift past any word", namespace_data(9, 1, 0, {0, 255}), ErrorCode::kUnavailable},
      {"a format that is not there", namespace_data(9, 2, 5, {0, 9}), ErrorCode::kInvalidArgument},
      {"a format past the table", namespace_data(9, 256, 0x6F, {8, 9}), ErrorCode::kUnavailable},
      {"more bytes than there are", namespace_data(~u64{0}, 1, 0, {0, 9}),
       ErrorCode::kInvalidArgument},
      {"more bytes than offsets", namespace_data(u64{1} << 55, 1, 0, {0, 9}),
       ErrorCode::kInvalidArgument},
  };
  for (const Case& refused : cases) {
    const auto identity = parse_identify_namespace(refused.data, 1);
    ASSERT_FALSE(identity) << refused.what;
    EXPECT_EQ(identity.error().code, refused.code) << refused.what;
    EXPECT_FALSE(identity.error().fix.empty()) << refused.what;
  }
}

TEST(IdentifyNamespace, WhateverTheBytesTheResultCanBeReckonedWith) {
  std::random_device seed_source;
  const u64 seed = seed_source();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  u32 accepted = 0;
  for (u32 round = 0; round < 20'000; ++round) {
    Data data{};
    for (std::size_t i = 0; i < kIdentifyBytes; i += 8) {
      const u64 word = random();
      std::memcpy(data.data() + i, &word, 8);
    }
    // Half of the time near what a device would say, so that something is accepted.
    if (round % 2 == 0) {
      data =
          namespace_data(random() >> (random() % 64), 1 + random() % 64, static_cast<u8>(random()),
                         {static_cast<u16>(random() % 2), static_cast<u8>(8 + random() % 6)});
    }
    const auto identity = parse_identify_namespace(data, 1);
    if (!identity) continue;
    ++accepted;
    EXPECT_GE(identity->block_bytes, 512u);
    EXPECT_LE(identity->block_bytes, 4096u);
    EXPECT_NE(identity->blocks, 0u);
    EXPECT_LE(identity->blocks, (~u64{0} >> 1) / identity->block_bytes);
  }
  EXPECT_GT(accepted, 100u);
}

TEST(TransferLimit, IsAPowerOfPagesOrNone) {
  for (u32 shift = 0; shift < 256; ++shift) {
    Data data{};
    data[77] = static_cast<std::byte>(shift);
    const u64 expected = shift == 0 || shift > 51 ? 0 : u64{4096} << shift;
    EXPECT_EQ(parse_transfer_limit(data), expected) << shift;
  }
}

TEST(LargestCommand, IsWholeBlocksWithinEveryLimit) {
  struct Case {
    u32 block_bytes;
    CommandLimits limits;
    u32 expected;
  };
  for (const auto& [block_bytes, limits, expected] :
       {Case{512, {524288, 1310720}, 524288}, Case{512, {0, 516096}, 516096},
        Case{512, {0, 0}, 131072}, Case{512, {8192, 0}, 8192}, Case{4096, {0, 10'000}, 8192},
        Case{512, {u64{1} << 50, u64{1} << 50}, 65536 * 512}, Case{4096, {0, 100}, 4096},
        Case{4096, {0, u64{1} << 50}, 65536u * 4096}}) {
    EXPECT_EQ(largest_command(block_bytes, limits), expected)
        << block_bytes << " " << limits.device_bytes << " " << limits.kernel_bytes;
  }
}

}  // namespace
}  // namespace vyre::nvme
