#include <gtest/gtest.h>

#include <limits>

#include "runtime/sizing.hpp"

namespace vyre::runtime {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMiB = 1 << 20;

struct Case {
  const char* name;
  SessionOptions options;
  MachineLimits limits;
  std::uint32_t rings;
  std::uint32_t slots;
};

class SizingTest : public testing::TestWithParam<Case> {};

TEST_P(SizingTest, ResolvesDefaultsWithinTheLockableBytes) {
  const auto sizing = resolve_sizing(GetParam().options, GetParam().limits);
  ASSERT_TRUE(sizing.has_value()) << sizing.error().message();
  EXPECT_EQ(sizing->rings, GetParam().rings);
  EXPECT_EQ(sizing->slots_per_ring, GetParam().slots);
}

INSTANTIATE_TEST_SUITE_P(
    Machines, SizingTest,
    testing::Values(
        Case{"no_limit", {}, {2, kNoLimit}, 2, 6}, Case{"many_cores", {}, {128, kNoLimit}, 16, 6},
        Case{"smaller_slots", {.slot_bytes = 128 * 1024}, {2, kNoLimit}, 2, 24},
        Case{"more_bytes", {.ring_bytes = 8 * kMiB}, {2, kNoLimit}, 2, 16},
        Case{"at_most_64", {.slot_bytes = 64 * 1024, .ring_bytes = 8 * kMiB}, {2, kNoLimit}, 2, 64},
        Case{"bigger_slots", {.slot_bytes = 4 << 20}, {2, kNoLimit}, 2, 6},
        Case{"smaller_slots_share_the_limit",
             {.slot_bytes = 128 * 1024, .ring_bytes = 8 * kMiB},
             {4, 8 * kMiB},
             4,
             15},
        Case{"eight_mebibytes", {}, {2, 8 * kMiB}, 2, 6},
        Case{"fewer_slots_first", {}, {4, 8 * kMiB}, 4, 3},
        Case{"then_fewer_rings", {}, {64, 8 * kMiB}, 7, 2},
        Case{"never_below_one_ring_of_two", {}, {4, 64 * 1024}, 1, 2},
        Case{"devices_have_commands_under_way", {.devices = true}, {2, kNoLimit}, 2, 16},
        Case{"devices_within_the_limit", {.devices = true}, {2, 8 * kMiB}, 2, 7},
        Case{"no_more_rings_than_sources", {.most_rings = 1}, {16, kNoLimit}, 1, 6},
        Case{"no_fewer_rings_than_cores", {.most_rings = 9}, {4, kNoLimit}, 4, 6},
        Case{"given_rings_stay", {.rings = 3, .most_rings = 1}, {4, kNoLimit}, 3, 6},
        Case{"one_device_in_small_peer_memory",
             {.most_rings = 1, .devices = true},
             {4, 2 * kMiB},
             1,
             3},
        Case{"no_peer_memory", {.devices = true}, {4, 0}, 1, 2},
        Case{"given_values_stay", {.rings = 3, .slots_per_ring = 9}, {2, kMiB}, 3, 9},
        Case{"given_slots_cost_rings", {.slots_per_ring = 8}, {4, 8 * kMiB}, 1, 8}),
    [](const auto& machine) { return machine.param.name; });

TEST(SizingErrorTest, RefusesValuesOutOfRange) {
  const SessionOptions rejected[] = {
      {.rings = 257},
      {.workers = 1025},
      {.slots_per_ring = 1},
      {.slots_per_ring = 65},
      {.slot_bytes = 16 * 1024},
      {.slot_bytes = 128u << 20},
      {.slot_bytes = 65537},
      {.records_per_slot = 0},
      {.window_words = 0},
      {.window_words = (1u << 20) + 1},
  };
  for (const SessionOptions& options : rejected) {
    const auto sizing = resolve_sizing(options, {2, kNoLimit});
    ASSERT_FALSE(sizing.has_value());
    EXPECT_EQ(sizing.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(sizing.error().fix.empty());
  }
}

}  // namespace
}  // namespace vyre::runtime
