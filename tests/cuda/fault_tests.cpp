#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "backend/cuda/cuda_backend.hpp"
#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_text.hpp"

// What the host makes of a device that faults or hangs. The device is lost to the process that
// meets it, so each case is a process of its own: it judges for itself, and must end by itself.
namespace vyre::backend {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = FaultInjection::Kind;
using namespace std::chrono_literals;

constexpr auto kHangAfter = 500ms;
/// A process that has not ended by then is killed, which fails its test.
constexpr unsigned kMostSeconds = 20;
constexpr u32 kSmallSlots = 12;
constexpr u32 kBigTiles = 40;

/// Says what is wrong, and goes on.
class Judge {
 public:
  void expect(bool good, const std::string& what) {
    if (good) return;
    wrong_ = true;
    fmt::print(stderr, "wrong: {}\n", what);
  }
  [[noreturn]] void end_process() const { std::exit(wrong_ ? 1 : 0); }

 private:
  bool wrong_ = false;
};

/// Slots of one tile with a big one among them, all published.
class Load {
 public:
  explicit Load(Megakernel& kernel)
      : queue_(kernel.queue(0)),
        text_(std::make_unique<TextBuffer>(kernel, std::string(kBigTiles * kTileBytes, 'a'))),
        region_(kernel.add_region(text_->bytes(), kSmallSlots + 1, 0).value()),
        opcode_(kernel.load(counter(), 0).value()) {
    for (u32 i = 0; i <= kSmallSlots; ++i) publish(i == kSmallSlots / 2 ? kBigTiles : 1);
  }

  [[nodiscard]] u32 slots() const { return static_cast<u32>(tiles_.size()); }
  [[nodiscard]] u32 finished() const {
    u32 count = 0;
    for (u32 i = 0; i < slots(); ++i) count += queue_.finished(i) ? 1 : 0;
    return count;
  }
  /// A slot that reads as DONE has all of its outcome; none faults, since no program does.
  void judge(Judge& judge) const {
    for (u32 i = 0; i < slots(); ++i) {
      judge.expect(queue_.status(i) != wire::SlotStatus::kFault, fmt::format("slot {} FAULT", i));
      if (queue_.status(i) != wire::SlotStatus::kDone) continue;
      judge.expect(region_.outcome(i).tiles == tiles_[i], fmt::format("tiles of slot {}", i));
      judge.expect(
          region_.results(i).size() == 1 && region_.results(i)[0] == u64{tiles_[i]} * kTileBytes,
          fmt::format("result of slot {}", i));
    }
  }
  void release_region() { region_ = Region(); }
  void release_text() { text_.reset(); }

 private:
  static VerifiedProgram counter() {
    return verify(assemble(".result n sum\n count.byte s0, 'a'\n result s0, n\n halt\n").value())
        .value();
  }
  void publish(u32 tiles) {
    const WorkItem work = chunk_item(opcode_, region_, tiles * kTileBytes, slots());
    if (queue_.publish(work)) tiles_.push_back(tiles);
  }

  WorkQueue& queue_;
  std::unique_ptr<TextBuffer> text_;
  Region region_;
  u32 opcode_;
  /// Of each slot, by position.
  std::vector<u32> tiles_;
};

std::unique_ptr<Megakernel> make_kernel(const FaultInjection& injection) {
  auto backend = make_cuda_backend({.hang_after = kHangAfter, .injection = injection}).value();
  auto kernel = Megakernel::create(std::move(backend), {.queue_capacity = 16}).value();
  if (!kernel->launch()) std::abort();
  return kernel;
}

std::optional<Error> wait_for_fault(const Megakernel& kernel, Clock::duration limit) {
  const auto deadline = Clock::now() + limit;
  while (!kernel.fault() && Clock::now() < deadline) std::this_thread::sleep_for(1ms);
  return kernel.fault();
}

void judge_fault(Judge& judge, const std::optional<Error>& fault) {
  judge.expect(fault.has_value(), "no fault is told in time");
  if (!fault) return;
  judge.expect(fault->code == ErrorCode::kDeviceFault, "the code is another");
  for (const char* word : {"queue", "position", "tile"}) {
    judge.expect(fault->what.find(word) != std::string::npos,
                 fmt::format("'{}' names no {}", fault->what, word));
  }
  fmt::print(stderr, "told: {}\n", fault->message());
}

/// A lost device is not launched again: whoever tries is told why.
void judge_launch(Judge& judge, Megakernel& kernel, const char* when) {
  const Status launched = kernel.launch();
  const std::optional<Error> fault = kernel.fault();
  judge.expect(!launched && fault && launched.error().message() == fault->message(),
               fmt::format("launch does not return the fault {}", when));
}

struct FaultCase {
  const char* name;
  FaultInjection injection;
  /// Whether the regions go before the megakernel.
  bool regions_first;
};

[[noreturn]] void meet_fault(const FaultCase& test) {
  ::alarm(kMostSeconds);
  Judge judge;
  auto kernel = make_kernel(test.injection);
  Load load(*kernel);
  judge_fault(judge, wait_for_fault(*kernel, kHangAfter + 1s));
  judge.expect(load.slots() == kSmallSlots + 1, "not all slots were taken");
  judge.expect(load.finished() < load.slots(), "every slot is finished");
  load.judge(judge);
  // Sticky, and nothing more becomes DONE that is not.
  std::this_thread::sleep_for(100ms);
  judge.expect(kernel->fault().has_value(), "the fault is forgotten");
  load.judge(judge);
  judge_launch(judge, *kernel, "before a quiesce");
  const Status stopped = kernel->quiesce();
  judge.expect(!stopped && stopped.error().code == ErrorCode::kDeviceFault, "quiesce succeeds");
  judge_launch(judge, *kernel, "after it");
  if (test.regions_first) load.release_region();
  kernel.reset();
  load.release_region();
  load.release_text();
  judge.end_process();
}

[[noreturn]] void meet_none() {
  ::alarm(kMostSeconds);
  Judge judge;
  {
    auto kernel = make_kernel({});
    Load load(*kernel);
    const auto deadline = Clock::now() + 5s;
    while (load.finished() < load.slots() && Clock::now() < deadline) std::this_thread::yield();
    judge.expect(load.finished() == kSmallSlots + 1, "a sound device does not finish");
    judge.expect(!kernel->fault(), "a sound device has a fault");
    load.judge(judge);
    judge.expect(kernel->shutdown().has_value(), "shutdown fails");
    load.release_region();
    load.release_text();
  }
  judge.end_process();
}

void PrintTo(const FaultCase& test, std::ostream* out) { *out << test.name; }

class DeviceFault : public MachineTest, public ::testing::WithParamInterface<FaultCase> {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    // A process of its own from the start, not a copy of this one.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
};

TEST_P(DeviceFault, IsToldAndTheProcessEnds) {
  EXPECT_EXIT(meet_fault(GetParam()), ::testing::ExitedWithCode(0), "told: ");
  EXPECT_EXIT(meet_none(), ::testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, DeviceFault,
    ::testing::Values(FaultCase{"store_in_the_first_tile", {Kind::kBadStore, 0}, true},
                      FaultCase{"store_in_a_later_tile", {Kind::kBadStore, 20}, true},
                      FaultCase{"store_and_regions_last", {Kind::kBadStore, 20}, false},
                      FaultCase{"hang_in_the_first_tile", {Kind::kHang, 0}, true},
                      FaultCase{"hang_in_a_later_tile", {Kind::kHang, 20}, true},
                      FaultCase{"hang_and_regions_last", {Kind::kHang, 20}, false}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace vyre::backend
