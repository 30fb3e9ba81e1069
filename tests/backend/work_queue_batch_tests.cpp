#include <algorithm>
#include <random>

#include "tests/backend/forwarding_backend.hpp"
#include "tests/backend/machine_test.hpp"

// Many slots published at once, and finished ones released at once.
namespace vyre::backend {
namespace {

using wire::Opcode;
using wire::SlotStatus;

using PublishSome = MachineTest;
using ReleaseFinished = MachineTest;

/// Stores 1000 + number in a word of its own; its first argument stays what it is.
std::vector<WorkItem> stores(u32 first, u32 count) {
  std::vector<WorkItem> items;
  for (u32 i = first; i < first + count; ++i) {
    items.push_back(item(Opcode::kStoreU32, 0, {i, 1000 + i}));
  }
  return items;
}

TEST_F(PublishSome, TakesAsManyAsThereIsRoomForInOrder) {
  const auto kernel = make_machine(2, {.queue_capacity = 8}, false);
  WorkQueue& queue = kernel->queue(0);
  EXPECT_EQ(queue.publish_some({}).value(), 0u);
  EXPECT_EQ(queue.publish_some(stores(0, 5)).value(), 5u);
  EXPECT_EQ(queue.next_position(), 5u);
  EXPECT_EQ(queue.status(4), SlotStatus::kPublished);
  EXPECT_EQ(queue.status(5), SlotStatus::kEmpty);
  EXPECT_EQ(queue.publish_some(stores(5, 5)).value(), 3u);
  EXPECT_TRUE(queue.full());
  EXPECT_EQ(queue.publish_some(stores(8, 5)).value(), 0u);
  EXPECT_EQ(queue.publish_some({}).value(), 0u);
  ASSERT_TRUE(kernel->launch());
  for (u32 position = 0; position < 8; ++position) {
    ASSERT_TRUE(wait_finished(queue, position));
    EXPECT_EQ(queue.slot(position).arguments[0], position);
  }
  // Finished is not released.
  EXPECT_EQ(queue.publish_some(stores(8, 5)).value(), 0u);
  queue.release(0);
  queue.release(1);
  EXPECT_EQ(queue.publish_some(stores(8, 5)).value(), 2u);
  ASSERT_TRUE(wait_finished(queue, 8));
  ASSERT_TRUE(wait_finished(queue, 9));
  std::vector<u32> words(11);
  ASSERT_TRUE(kernel->read_window(0, 0, words));
  for (u32 i = 0; i < 10; ++i) EXPECT_EQ(words[i], 1000 + i);
  EXPECT_EQ(words[10], 0u);
}

TEST_F(PublishSome, PublishesWhatStandsBeforeARefusedItem) {
  const auto kernel = make_machine(2, {.queue_capacity = 16});
  WorkQueue& queue = kernel->queue(0);
  const WorkItem refused[] = {{8, 0, wire::Priority::kNormal, {}},
                              {wire::kUserOpcodeBase, 1, wire::Priority::kNormal, {}},
                              item(Opcode::kNop, wire::kMaxTenants)};
  u32 published = 0;
  for (const WorkItem& bad : refused) {
    for (const u32 before : {0u, 1u, 3u}) {
      std::vector<WorkItem> items = stores(published, before);
      items.push_back(bad);
      items.push_back(item(Opcode::kStoreU32, 0, {500, 1}));
      const auto result = queue.publish_some(items);
      ASSERT_FALSE(result) << before << " before it";
      EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
      EXPECT_EQ(queue.next_position(), published + before);
      for (; published < queue.next_position(); ++published) {
        ASSERT_TRUE(wait_finished(queue, published));
        EXPECT_EQ(queue.slot(published).arguments[0], published);
      }
    }
  }
  ASSERT_TRUE(kernel->quiesce());
  EXPECT_EQ(kernel->done_count(), 12u);
  std::vector<u32> words(1);
  ASSERT_TRUE(kernel->read_window(0, 500, words));
  EXPECT_EQ(words[0], 0u) << "what stands behind it has run";
}

/// The machine under test, and how often it was told of work.
class DoorbellCounter final : public ForwardingBackend {
 public:
  DoorbellCounter(std::unique_ptr<Backend> machine, u32& rung)
      : ForwardingBackend(std::move(machine)), rung_(rung) {}
  void ring_doorbell() noexcept override {
    ++rung_;
    ForwardingBackend::ring_doorbell();
  }

 private:
  u32& rung_;
};

TEST_F(PublishSome, TellsTheWorkersOnce) {
  u32 rung = 0;
  const auto kernel =
      Megakernel::create(std::make_unique<DoorbellCounter>(make_test_backend(1), rung),
                         {.queue_capacity = 8})
          .value();
  WorkQueue& queue = kernel->queue(0);
  const auto rings = [&](std::vector<WorkItem> items) {
    const u32 before = rung;
    static_cast<void>(queue.publish_some(items));
    return rung - before;
  };
  const WorkItem bad = item(Opcode::kNop, wire::kMaxTenants);
  EXPECT_EQ(rings({}), 0u);
  EXPECT_EQ(rings({bad}), 0u);
  EXPECT_EQ(rings(stores(0, 5)), 1u);
  EXPECT_EQ(rings({item(Opcode::kNop), bad}), 1u);
  EXPECT_EQ(rings(stores(6, 5)), 1u);
  ASSERT_TRUE(queue.full());
  EXPECT_EQ(rings(stores(8, 5)), 0u);
}

TEST_F(ReleaseFinished, TakesConsecutiveOnesUpToAsManyAsAsked) {
  const auto kernel = make_machine(2, {.queue_capacity = 8});
  WorkQueue& queue = kernel->queue(0);
  EXPECT_EQ(queue.release_finished(0, 8), 0u) << "nothing is published";
  constexpr u32 kHeld = 3;
  constexpr u32 kFaulted = 1;
  ASSERT_TRUE(kernel->hold(5));
  for (u32 i = 0; i < 8; ++i) {
    ASSERT_TRUE(queue.publish(i == kHeld      ? item(Opcode::kNop, 5)
                              : i == kFaulted ? item(Opcode::kLoadU32, 0, {0xFFFFFFFF})
                                              : item(Opcode::kNop)));
  }
  for (u32 i = 0; i < 8; ++i) {
    ASSERT_TRUE(i == kHeld || wait_finished(queue, i));
  }
  ASSERT_EQ(queue.status(kFaulted), SlotStatus::kFault);
  EXPECT_EQ(queue.release_finished(0, 0), 0u);
  EXPECT_EQ(queue.release_finished(0, 8), 3u) << "up to the one that is held back";
  EXPECT_EQ(queue.release_finished(kHeld, 8), 0u);
  EXPECT_EQ(queue.status(kHeld), SlotStatus::kPublished);
  EXPECT_EQ(queue.release_finished(4, 2), 2u);
  EXPECT_EQ(queue.status(5), SlotStatus::kEmpty);
  EXPECT_EQ(queue.status(6), SlotStatus::kDone);
  EXPECT_EQ(queue.release_finished(6, 0xFFFFFFFF), 2u) << "up to the end of what was published";
  ASSERT_TRUE(kernel->authorise(5));
  ASSERT_TRUE(wait_finished(queue, kHeld));
  EXPECT_EQ(queue.release_finished(kHeld, 8), 1u);
  for (u32 i = 0; i < 8; ++i) EXPECT_EQ(queue.status(i), SlotStatus::kEmpty) << i;
}

// Both, lap after lap, in batches by chance.
TEST_F(ReleaseFinished, GoesWithPublishSomeRoundTheRing) {
  constexpr u32 kSlots = 20'000;
  constexpr u32 kWords = 1000;
  const unsigned seed = 29;
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto kernel = make_machine(2, {.queue_capacity = 32, .window_words = kWords});
  WorkQueue& queue = kernel->queue(0);
  u32 released = 0;
  while (released < kSlots) {
    std::vector<WorkItem> items;
    const u32 wanted =
        std::min<u32>(static_cast<u32>(random() % 50), kSlots - queue.next_position());
    for (u32 i = 0; i < wanted; ++i) {
      const u32 number = queue.next_position() + i;
      items.push_back(item(Opcode::kStoreU32, 4, {number % kWords, number}));
    }
    const u32 room = queue.capacity() - (queue.next_position() - released);
    ASSERT_EQ(queue.publish_some(items).value(), std::min(wanted, room));
    if (released == queue.next_position()) continue;
    ASSERT_TRUE(wait_finished(queue, released));
    u32 seen = 0;
    while (seen < queue.next_position() - released && queue.finished(released + seen)) {
      ASSERT_EQ(queue.slot(released + seen).arguments[0], (released + seen) % kWords);
      ++seen;
    }
    const u32 most = static_cast<u32>(random() % (seen + 1));
    ASSERT_EQ(queue.release_finished(released, most), most);
    released += most;
  }
  EXPECT_EQ(queue.release_finished(released, 32), 0u);
  ASSERT_TRUE(kernel->quiesce());
  EXPECT_EQ(kernel->done_count(), kSlots);
}

}  // namespace
}  // namespace vyre::backend
