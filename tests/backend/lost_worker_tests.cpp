#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cpu/worker_journal.hpp"
#include "tests/backend/machine.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_text.hpp"

// Workers of the CPU that hang or end in the middle of a tile: their slots say so, others take
// their places, and what they may still touch stays where it is.
namespace vyre::backend {
namespace {

using Kind = FaultInjection::Kind;
using wire::FaultCode;
using namespace std::chrono_literals;

constexpr auto kHangAfter = 60ms;
constexpr u32 kSlots = 24;

VerifiedProgram counter() {
  return verify(assemble(".result n sum\n count.byte s0, 'a'\n result s0, n\n halt\n").value())
      .value();
}

/// A machine with a fault in it, and slots of two tiles each.
class Machine {
 public:
  Machine(unsigned workers, const FaultInjection& injection, const std::string& text)
      : kernel_(Megakernel::create(
                    make_cpu_backend(
                        {.workers = workers, .hang_after = kHangAfter, .injection = injection})
                        .value(),
                    {.queue_capacity = 32})
                    .value()),
        text_(std::make_unique<TextBuffer>(*kernel_, text)),
        region_(kernel_->add_region(text_->bytes(), kSlots, 0).value()),
        opcode_(kernel_->load(counter(), 0).value()) {
    EXPECT_TRUE(kernel_->launch());
  }

  u32 publish(u32 outcome) {
    return queue().publish(chunk_item(opcode_, region_, text_->size(), outcome)).value();
  }
  /// As a producer does that waits: looks now and then whether the machine is well.
  bool wait(u32 position) {
    const auto limit = std::chrono::steady_clock::now() + patience();
    while (!queue().finished(position)) {
      if (kernel_->fault() || std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
  FaultCode end_of(u32 position) {
    wire::WorkSlot slot = queue().slot(position);
    slot.status = static_cast<u32>(queue().status(position));
    return fault_of(slot);
  }
  WorkQueue& queue() { return kernel_->queue(0); }
  Megakernel& kernel() { return *kernel_; }
  Region& region() { return region_; }
  std::span<const std::byte> text() { return text_->all(); }
  void end() {
    region_ = Region();
    kernel_.reset();
    text_.reset();
  }

 private:
  std::unique_ptr<Megakernel> kernel_;
  std::unique_ptr<TextBuffer> text_;
  Region region_;
  u32 opcode_;
};

std::string two_tiles() { return std::string(2 * kTileBytes, 'a'); }

struct LossCase {
  const char* name;
  Kind kind;
  unsigned workers;
  u32 tile;
};
void PrintTo(const LossCase& test, std::ostream* out) { *out << test.name; }

class LostWorker : public ::testing::TestWithParam<LossCase> {};

TEST_P(LostWorker, IsReplacedAndItsSlotSaysSo) {
  const LossCase& test = GetParam();
  Machine machine(test.workers, {test.kind, test.tile}, two_tiles());
  u32 lost = 0;
  for (u32 i = 0; i < kSlots; ++i) machine.publish(i);
  for (u32 i = 0; i < kSlots; ++i) {
    ASSERT_TRUE(machine.wait(i)) << i;
    if (machine.end_of(i) == FaultCode::kWorkerLost) {
      ++lost;
      continue;
    }
    EXPECT_EQ(machine.end_of(i), FaultCode::kNone);
    EXPECT_EQ(machine.region().results(i)[0], 2u * kTileBytes);
  }
  EXPECT_EQ(lost, 1u);
  const WorkerLosses losses = machine.kernel().backend().losses();
  EXPECT_EQ(losses.count, 1u);
  EXPECT_NE(losses.first.find("queue 0"), std::string::npos) << losses.first;
  EXPECT_EQ(machine.kernel().done_count(), kSlots);
  EXPECT_EQ(machine.kernel().metrics().faults, 1u);
  EXPECT_FALSE(machine.kernel().fault());
  for (u32 i = 0; i < kSlots; ++i) machine.queue().release(i);
  EXPECT_TRUE(machine.kernel().quiesce());
  EXPECT_TRUE(machine.kernel().launch());
  EXPECT_TRUE(machine.wait(machine.publish(0)));
  EXPECT_EQ(machine.region().results(0)[0], 2u * kTileBytes);
  EXPECT_TRUE(machine.kernel().shutdown());
}

INSTANTIATE_TEST_SUITE_P(All, LostWorker,
                         ::testing::Values(LossCase{"ends_in_the_first_tile", Kind::kEnd, 3, 0},
                                           LossCase{"ends_later", Kind::kEnd, 3, 17},
                                           LossCase{"the_only_one_ends", Kind::kEnd, 1, 20},
                                           LossCase{"hangs_in_the_first_tile", Kind::kHang, 3, 0},
                                           LossCase{"hangs_later", Kind::kHang, 2, 31},
                                           LossCase{"the_only_one_hangs", Kind::kHang, 1, 5}),
                         [](const auto& test) { return std::string(test.param.name); });

bool is_mapped(std::span<const std::byte> bytes) {
  std::vector<unsigned char> pages((bytes.size() + 4095) / 4096);
  return ::mincore(const_cast<std::byte*>(bytes.data()), bytes.size(), pages.data()) == 0;
}

TEST(LostWorkers, KeepWhatTheyMayTouch) {
  Machine machine(2, {Kind::kHang, 3}, two_tiles());
  for (u32 i = 0; i < 8; ++i) machine.publish(i);
  for (u32 i = 0; i < 8; ++i) ASSERT_TRUE(machine.wait(i));
  const auto text = machine.text();
  const std::span outcome(reinterpret_cast<const std::byte*>(&machine.region().outcome(0)), 1);
  const std::span page(outcome.data() - reinterpret_cast<std::uintptr_t>(outcome.data()) % 4096,
                       4096);
  machine.end();
  EXPECT_TRUE(is_mapped(text));
  EXPECT_TRUE(is_mapped(page));
}

TEST(LostWorkers, AreFoundByWhoStopsThemToo) {
  Machine machine(2, {Kind::kHang, 0}, two_tiles());
  const u32 position = machine.publish(0);
  while (machine.queue().status(position) == wire::SlotStatus::kPublished) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(machine.kernel().quiesce());
  EXPECT_EQ(machine.end_of(position), FaultCode::kWorkerLost);
}

// Every chunk is its worker's end: at some number nobody goes on.
TEST(LostWorkers, AreAFaultWhenThereAreTooMany) {
  std::string text = two_tiles();
  text.replace(0, 8, "POISONED");
  Machine machine(2, parse_fault_injection("end=POISONED").value(), text);
  for (u32 i = 0; i < kSlots; ++i) machine.publish(i);
  bool well = true;
  for (u32 i = 0; i < kSlots && well; ++i) well = machine.wait(i);
  const auto fault = machine.kernel().fault();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, ErrorCode::kDeviceFault);
  EXPECT_NE(fault->what.find("within a minute"), std::string::npos) << fault->what;
  EXPECT_FALSE(machine.kernel().quiesce());
  EXPECT_FALSE(machine.kernel().launch());
}

TEST(LostWorkers, OnPurposeAreAllLostFromATileOn) {
  Machine machine(3, {Kind::kLose, 9}, two_tiles());
  for (u32 i = 0; i < kSlots; ++i) machine.publish(i);
  bool well = true;
  for (u32 i = 0; i < kSlots && well; ++i) well = machine.wait(i);
  EXPECT_FALSE(well);
  const auto fault = machine.kernel().fault();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, ErrorCode::kDeviceFault);
  u32 done = 0;
  for (u32 i = 0; i < kSlots; ++i) {
    if (!machine.queue().finished(i)) continue;
    ++done;
    EXPECT_EQ(machine.end_of(i), FaultCode::kNone);
    EXPECT_EQ(machine.region().results(i)[0], 2u * kTileBytes);
  }
  // Nine tiles were taken before, so that no more than four slots can have ended.
  EXPECT_LE(done, 4u);
  EXPECT_FALSE(machine.kernel().quiesce());
  EXPECT_FALSE(machine.kernel().launch());
}

// Of the worker that ends its slot and the watcher who takes it away, one wins.
TEST(WorkerJournal, HasOneOwnerOfEachSlot) {
  WorkerJournal journal;
  std::atomic<u32> round{0};
  std::atomic<u32> looked{0};
  u32 disowned = 0;
  constexpr u32 kRounds = 5'000;
  std::thread watcher([&] {
    for (u32 i = 1; i <= kRounds; ++i) {
      while (round.load() < i) {
      }
      const u64 word = journal.word();
      if (WorkerJournal::at_slot(word) && journal.disown(word)) ++disowned;
      looked.store(i);
    }
  });
  u32 ended = 0;
  for (u32 i = 1; i <= kRounds; ++i) {
    journal.begin_slot({0, i});
    round.store(i);
    for (u32 spin = 0; spin < i % 64; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    if (journal.begin_tile() && journal.end_slot()) ++ended;
    while (looked.load() < i) {
    }
  }
  watcher.join();
  EXPECT_EQ(ended + disowned, kRounds);
}

TEST(LostWorkers, RefuseWhatAProcessCannotSurvive) {
  EXPECT_FALSE(make_cpu_backend({.injection = {Kind::kBadStore, 0}}));
  EXPECT_FALSE(make_cpu_backend({.hang_after = 9ms}));
}

}  // namespace
}  // namespace vyre::backend
