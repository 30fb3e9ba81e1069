#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "nvme/read_command.hpp"
#include "tests/nvme/command_bytes.hpp"

namespace vyre::nvme {
namespace {

constexpr u64 kMaximum = std::numeric_limits<u64>::max();
constexpr Identity kDisk{
    .nsid = 7, .block_bytes = 512, .blocks = u64{1} << 40, .largest_command = 512 * 1024};

void* at(std::uintptr_t address) { return reinterpret_cast<void*>(address); }

TEST(ReadCommand, IsLaidOutByteForByteAsTheKernelReadsIt) {
  const auto command =
      encode_nvme_read(kDisk, {0x1122334455, 0x101}, {at(0x0102030405060708), 0x101 * 512});
  ASSERT_TRUE(command) << command.error().message();
  std::array<u8, 72> expected{};
  expected[0] = 2;
  expected[4] = 7;
  for (u8 i = 0; i < 8; ++i) expected[24u + i] = static_cast<u8>(8 - i);
  expected[37] = 0x02;
  expected[38] = 0x02;
  expected[40] = 0x55;
  expected[41] = 0x44;
  expected[42] = 0x33;
  expected[43] = 0x22;
  expected[44] = 0x11;
  expected[49] = 0x01;
  EXPECT_EQ(std::memcmp(&*command, expected.data(), expected.size()), 0);
}

TEST(ReadCommand, DecodesToWhatWasEncoded) {
  struct Case {
    Identity identity;
    BlockSpan blocks;
  };
  for (const auto& [identity, blocks] :
       {Case{kDisk, {0, 1}}, Case{kDisk, {kDisk.blocks - 1, 1}}, Case{kDisk, {5, 1024}},
        Case{{1, 4096, 100, 1u << 20}, {99, 1}},
        Case{{0xFFFFFFFE, 4096, 1u << 20, 65536u * 4096}, {0xFFFF, 65536}}}) {
    const u64 bytes = blocks.count * identity.block_bytes;
    const auto command = encode_nvme_read(identity, blocks, {at(0x7000), bytes});
    ASSERT_TRUE(command) << command.error().message();
    const auto fields = test::decode(std::as_bytes(std::span(&*command, 1)));
    EXPECT_EQ(fields.opcode, 2);
    EXPECT_EQ(fields.flags, 0);
    EXPECT_EQ(fields.nsid, identity.nsid);
    EXPECT_EQ(fields.lba, blocks.first);
    EXPECT_EQ(fields.blocks, blocks.count);
    EXPECT_EQ(fields.address, 0x7000u);
    EXPECT_EQ(fields.data_bytes, bytes);
    EXPECT_EQ(fields.metadata, 0u);
    EXPECT_EQ(fields.metadata_bytes, 0u);
    EXPECT_EQ(fields.timeout, 0u);
  }
}

TEST(ReadCommand, RefusesWhatNoDeviceMustSee) {
  const Identity tiny{.nsid = 1, .block_bytes = 512, .blocks = 8, .largest_command = 4096};
  const Identity endless{
      .nsid = 1, .block_bytes = 4096, .blocks = kMaximum, .largest_command = 1u << 31};
  struct Case {
    const char* what;
    Identity identity;
    BlockSpan blocks;
    Destination to;
  };
  const Case cases[] = {
      {"no blocks", tiny, {0, 0}, {at(1), 0}},
      {"no blocks, but bytes", tiny, {0, 0}, {at(1), 512}},
      {"null address", tiny, {0, 1}, {nullptr, 512}},
      {"no bytes", tiny, {0, 1}, {at(1), 0}},
      {"too few bytes", tiny, {0, 2}, {at(1), 512}},
      {"too many bytes", tiny, {0, 2}, {at(1), 1025}},
      {"past the end", tiny, {8, 1}, {at(1), 512}},
      {"straddles the end", tiny, {7, 2}, {at(1), 1024}},
      {"far past the end", tiny, {kMaximum, 1}, {at(1), 512}},
      {"end overflows", endless, {kMaximum - 1, 3}, {at(1), 3 * 4096}},
      {"count overflows", tiny, {1, kMaximum}, {at(1), 512}},
      {"bytes overflow", endless, {0, u64{1} << 53}, {at(1), 4096}},
      {"bytes wrap to none", endless, {0, u64{1} << 52}, {at(1), 0}},
      {"above the largest command", {1, 512, 100, 4096}, {0, 9}, {at(1), 9 * 512}},
      {"more blocks than the field holds", endless, {0, 65537}, {at(1), 65537 * 4096}},
  };
  for (const Case& refused : cases) {
    const auto command = encode_nvme_read(refused.identity, refused.blocks, refused.to);
    ASSERT_FALSE(command) << refused.what;
    EXPECT_EQ(command.error().code, ErrorCode::kInvalidArgument) << refused.what;
    EXPECT_FALSE(command.error().fix.empty()) << refused.what;
  }
}

TEST(ReadCommand, NamesBlocks) {
  EXPECT_EQ(to_string(BlockSpan{7, 1}), "LBA 7");
  EXPECT_EQ(to_string(BlockSpan{7, 3}), "LBA 7 to 9");
}

}  // namespace
}  // namespace vyre::nvme
