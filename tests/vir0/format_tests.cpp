#include <gtest/gtest.h>

#include <cctype>
#include <cstring>
#include <random>

#include "vir0/crc32c.hpp"
#include "vyre/program.hpp"

namespace vyre {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

Program small_program() {
  return {{0x0102030405060708, 0x00}, {bytes_of("table"), {}, bytes_of("eightbyt")}, "name=small"};
}

TEST(Crc32c, MatchesPublishedVectors) {
  EXPECT_EQ(vir0::crc32c({}), 0u);
  EXPECT_EQ(vir0::crc32c(bytes_of("123456789")), 0xE3069283u);
  EXPECT_EQ(vir0::crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8A9136AAu);
  EXPECT_EQ(vir0::crc32c(std::vector<std::byte>(32, std::byte{0xFF})), 0x62A8AB43u);
}

TEST(Crc32c, ContinuesWhereItStopped) {
  EXPECT_EQ(vir0::crc32c(bytes_of("6789"), vir0::crc32c(bytes_of("12345"))), 0xE3069283u);
}

TEST(Format, RoundTripsRandomPrograms) {
  const unsigned seed = 7;
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    Program program;
    for (auto i = random() % 20; i > 0; --i) program.code.push_back(random());
    for (auto i = random() % 5; i > 0; --i) {
      program.tables.emplace_back(random() % 40, static_cast<std::byte>(random()));
    }
    program.metadata.assign(random() % 30, static_cast<char>(random()));
    const auto encoded = encode(program);
    const auto decoded = decode(encoded);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, program);
    EXPECT_EQ(encode(*decoded), encoded);
  }
}

TEST(Format, EqualProgramsHaveEqualBytes) {
  EXPECT_EQ(encode(small_program()), encode(small_program()));
}

TEST(Format, EverySingleBitFlipIsDetected) {
  const auto good = encode(small_program());
  ASSERT_TRUE(decode(good));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    const auto decoded = decode(bad);
    ASSERT_FALSE(decoded) << "bit " << bit;
    EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Format, EveryByteValueAtEveryPlaceIsDetected) {
  const auto good = encode(small_program());
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned change = 1; change < 256; ++change) {
      auto bad = good;
      bad[at] ^= static_cast<std::byte>(change);
      ASSERT_FALSE(decode(bad)) << "byte " << at << " change " << change;
    }
  }
}

TEST(Format, EveryTruncationAndExtensionIsDetected) {
  const auto good = encode(small_program());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode(std::span(good).first(size))) << size;
  }
  auto longer = good;
  longer.resize(good.size() + 8);
  EXPECT_FALSE(decode(longer));
}

/// Writes a new checksum, as a hostile writer would.
void reseal(std::vector<std::byte>& bytes) {
  constexpr std::size_t kCrcAt = 20;
  std::memset(bytes.data() + kCrcAt, 0, 4);
  const u32 crc = vir0::crc32c(bytes);
  std::memcpy(bytes.data() + kCrcAt, &crc, 4);
}

struct Forgery {
  const char* name;
  std::size_t at;
  u64 value;
  std::size_t bytes;
};

std::string forgery_name(const ::testing::TestParamInfo<Forgery>& row) {
  std::string name = row.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

class ForgedFormat : public ::testing::TestWithParam<Forgery> {};

TEST_P(ForgedFormat, IsRejectedThoughItsChecksumHolds) {
  auto bytes = encode(small_program());
  std::memcpy(bytes.data() + GetParam().at, &GetParam().value, GetParam().bytes);
  reseal(bytes);
  EXPECT_FALSE(decode(bytes));
}

// A header of 32 bytes (total at 8, sections at 16), then entries of 24 (kind, reserved, offset,
// bytes); the small program's code section is entry 0, its 5-byte table entry 1.
INSTANTIATE_TEST_SUITE_P(
    Fields, ForgedFormat,
    ::testing::Values(
        Forgery{"version", 4, 2, 4}, Forgery{"total", 8, 1u << 20, 8},
        Forgery{"no sections", 16, 0, 4}, Forgery{"one section", 16, 1, 4},
        Forgery{"many sections", 16, 0xFFFFFFFF, 4}, Forgery{"fewer sections", 16, 4, 4},
        Forgery{"reserved header", 24, 1, 8}, Forgery{"code is a table", 32, 2, 4},
        Forgery{"unknown kind", 56, 9, 4}, Forgery{"reserved entry", 36, 1, 4},
        Forgery{"offset", 40, 0, 8}, Forgery{"offset past the end", 40, ~u64{0}, 8},
        Forgery{"huge section", 48, ~u64{0}, 8}, Forgery{"code of half an instruction", 48, 12, 8},
        Forgery{"table that leaves bytes in its padding", 72, 3, 8},
        Forgery{"table over the next", 72, 64, 8}, Forgery{"table at another's place", 64, 152, 8}),
    forgery_name);

TEST(Format, PaddingMustBeZero) {
  auto bytes = encode(small_program());
  // 32 header, 5 entries of 24, 16 of code, 5 of the first table: its padding begins here.
  const std::size_t padding = 32 + 5 * 24 + 16 + 5;
  bytes[padding] = std::byte{1};
  reseal(bytes);
  EXPECT_FALSE(decode(bytes));
}

}  // namespace
}  // namespace vyre
