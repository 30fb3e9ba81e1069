// Every single-bit error, every truncation and appended bytes, in every example: all are detected.

#include <gtest/gtest.h>

#include <string>

#include "tests/vir0/example_programs.hpp"
#include "vyre/program.hpp"

namespace vyre {
namespace {

/// The first bit whose change goes unnoticed; the number of bits where none does.
std::size_t first_unnoticed_bit(std::vector<std::byte> bytes) {
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1u << (bit % 8));
    bytes[bit / 8] ^= mask;
    const auto decoded = decode(bytes);
    if (decoded || decoded.error().code != ErrorCode::kInvalidArgument) return bit;
    bytes[bit / 8] ^= mask;
  }
  return bytes.size() * 8;
}

TEST(Corruption, EverySingleBitIsDetectedInEveryExample) {
  for (const auto& [name, program] : testing::example_programs()) {
    const auto bytes = encode(program);
    ASSERT_TRUE(decode(bytes)) << name;
    EXPECT_EQ(first_unnoticed_bit(bytes), bytes.size() * 8) << name;
  }
}

TEST(Corruption, EveryTruncationIsDetectedInEveryExample) {
  for (const auto& [name, program] : testing::example_programs()) {
    const auto bytes = encode(program);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(decode(std::span(bytes).first(size))) << name << " cut to " << size;
    }
  }
}

TEST(Corruption, AppendedBytesAreDetectedInEveryExample) {
  for (const auto& [name, program] : testing::example_programs()) {
    auto bytes = encode(program);
    for (std::size_t more = 1; more <= 64; ++more) {
      bytes.push_back(static_cast<std::byte>(more % 3));
      ASSERT_FALSE(decode(bytes)) << name << " with " << more << " more";
    }
  }
}

TEST(Corruption, EveryOtherByteIsDetectedAtEveryPlace) {
  const auto good = encode(testing::decorated_program());
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned change = 1; change < 256; ++change) {
      auto bad = good;
      bad[at] ^= static_cast<std::byte>(change);
      ASSERT_FALSE(decode(bad)) << "byte " << at << " change " << change;
    }
  }
}

}  // namespace
}  // namespace vyre
