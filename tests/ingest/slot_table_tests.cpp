#include <gtest/gtest.h>

#include <type_traits>

#include "ingest/slot_table.hpp"

namespace vyre::ingest {
namespace {

static_assert(!std::is_copy_constructible_v<FilledSlot>);
static_assert(!std::is_constructible_v<FilledSlot, u32>);
static_assert(!std::is_convertible_v<FilledSlot, PublishedSlot>);
static_assert(!std::is_convertible_v<PublishedSlot, DrainedSlot>);

void go_to_filled(SlotTable& table, u32 index) {
  table.seal(index);
  table.fill(index);
}

TEST(SlotTable, GoesRoundInOrderWhateverOrderSlotsFill) {
  SlotTable table(3, 4);
  u32 expected = 0;
  for (int round = 0; round < 4; ++round) {
    for (u32 i = 0; i < 3; ++i) EXPECT_EQ(table.acquire(), (expected + i) % 3);
    EXPECT_EQ(table.acquire(), std::nullopt);
    EXPECT_EQ(table.busy(), 3u);
    for (const u32 i : {2u, 0u, 1u}) go_to_filled(table, (expected + i) % 3);
    for (const u32 i : {2u, 0u, 1u}) {
      EXPECT_EQ(table.take_filled(), (expected + i) % 3);
      table.publish((expected + i) % 3);
    }
    EXPECT_EQ(table.take_filled(), std::nullopt);
    for (u32 i = 0; i < 3; ++i) {
      ASSERT_EQ(table.front(), (expected + i) % 3);
      table.drain(*table.front());
      table.recycle(*table.front());
    }
    EXPECT_EQ(table.front(), std::nullopt);
    // Turns the rotation, so that the next round begins elsewhere.
    EXPECT_EQ(table.acquire(), expected);
    go_to_filled(table, expected);
    table.publish(*table.take_filled());
    table.drain(expected);
    table.recycle(expected);
    expected = (expected + 1) % 3;
  }
}

TEST(SlotTableDeathTest, ASlotOutOfTurnIsCaught) {
  SlotTable table(3, 4);
  ASSERT_EQ(table.acquire(), 0u);
  ASSERT_EQ(table.acquire(), 1u);
  EXPECT_DEATH(table.fill(0), "state");
  EXPECT_DEATH(table.publish(0), "state");
  EXPECT_DEATH(table.recycle(0), "state");
  EXPECT_DEATH(table.seal(2), "state");
  EXPECT_DEATH(table.seal(7), "index");
  go_to_filled(table, 0);
  go_to_filled(table, 1);
  table.publish(*table.take_filled());
  table.publish(*table.take_filled());
  EXPECT_DEATH(table.publish(0), "state");
  EXPECT_DEATH(table.drain(1), "front");
  table.drain(0);
  EXPECT_DEATH(table.drain(0), "state");
}

}  // namespace
}  // namespace vyre::ingest
