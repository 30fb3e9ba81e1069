#include <gtest/gtest.h>
#include <xxhash.h>

#include <cstring>
#include <random>
#include <string>

#include "scan/checkpoint/restart_state.hpp"

namespace vyre::scan {
namespace {

constexpr std::size_t kMagicBytes = 15;
constexpr std::size_t kHeadBytes = kMagicBytes + sizeof(std::uint64_t);

RestartState example() {
  RestartState state;
  state.identity = "identity";
  state.restarts = 2;
  state.reason = "worker 3 of 8 hangs";
  state.inputs = {"one\ntwo\n", "", std::string("\0\n", 2)};
  state.output = 7;
  state.seed = 42;
  state.nanoseconds = 1'000'000'007;
  state.partial = PartialFile{
      .mark = {.high = 1, .low = 2}, .path = "a\nb", .written = {.length = 300'000, .hash = 9}};
  state.held_back = "of another file\n";
  state.files.add({.high = 3, .low = 4}, {.files = 1, .matches = 5, .errors = 1});
  state.files.add({.high = 5, .low = 6}, {.files = 1, .bytes = 700});
  return state;
}

void expect_equal(const RestartState& given, const RestartState& wanted) {
  EXPECT_EQ(given.identity, wanted.identity);
  EXPECT_EQ(given.restarts, wanted.restarts);
  EXPECT_EQ(given.reason, wanted.reason);
  EXPECT_EQ(given.inputs, wanted.inputs);
  EXPECT_EQ(given.output, wanted.output);
  EXPECT_EQ(given.seed, wanted.seed);
  EXPECT_EQ(given.nanoseconds, wanted.nanoseconds);
  ASSERT_EQ(given.partial.has_value(), wanted.partial.has_value());
  if (wanted.partial) {
    EXPECT_EQ(given.partial->mark, wanted.partial->mark);
    EXPECT_EQ(given.partial->path, wanted.partial->path);
    EXPECT_EQ(given.partial->written.length, wanted.partial->written.length);
    EXPECT_EQ(given.partial->written.hash, wanted.partial->written.hash);
  }
  EXPECT_EQ(given.held_back, wanted.held_back);
  EXPECT_EQ(given.files.marks, wanted.files.marks);
  EXPECT_EQ(given.files.totals.files, wanted.files.totals.files);
  EXPECT_EQ(given.files.totals.matches, wanted.files.totals.matches);
  EXPECT_EQ(given.files.totals.errors, wanted.files.totals.errors);
  EXPECT_EQ(given.files.totals.bytes, wanted.files.totals.bytes);
}

/// With the checksum that the bytes now have.
std::string vouched_for(std::string bytes) {
  const std::uint64_t checksum = XXH3_64bits(bytes.data() + kHeadBytes, bytes.size() - kHeadBytes);
  std::memcpy(bytes.data() + kMagicBytes, &checksum, sizeof checksum);
  return bytes;
}

TEST(RestartState, IsReadAsItWasWritten) {
  for (const RestartState& state : {example(), RestartState()}) {
    const auto read = RestartState::decode(state.encode());
    ASSERT_TRUE(read);
    expect_equal(*read, state);
  }
}

TEST(RestartState, CutAnywhereOrWithAFlippedBitIsRefused) {
  const std::string bytes = example().encode();
  EXPECT_EQ(vouched_for(bytes), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(RestartState::decode(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(RestartState::decode(bytes + "x"));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(RestartState::decode(other)) << bit;
  }
}

// Whoever makes up a state can make up its checksum, too: then nothing but the form protects.
TEST(RestartState, OfAnyBytesIsReadOrRefused) {
  const std::string bytes = example().encode();
  std::mt19937_64 random(11);
  int read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string other = bytes;
    const std::size_t changes = 1 + random() % 3;
    for (std::size_t change = 0; change < changes; ++change) {
      const std::size_t at = kHeadBytes + random() % (other.size() - kHeadBytes);
      // Sizes and counts are words: a byte of all ones makes them huge.
      other[at] = static_cast<char>(random() % 4 == 0 ? 0xFF : random());
    }
    if (random() % 3 == 0) other.resize(kHeadBytes + random() % (other.size() - kHeadBytes));
    const auto state = RestartState::decode(vouched_for(other));
    if (!state) continue;
    ++read;
    expect_equal(*RestartState::decode(state->encode()), *state);
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace vyre::scan
