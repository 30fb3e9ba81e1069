#include "tests/simulation/simulated_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "backend/cpu/injector.hpp"
#include "base/check.hpp"
#include "kernel/portable_platform.hpp"
#include "tests/simulation/substitute/wire/atomics.hpp"
#include "tests/simulation/violation.hpp"

namespace vyre::simulation {
namespace {

constexpr std::size_t kPage = 4096;
constexpr Time kFirstLook = 50 * kMicrosecond;
constexpr u32 kMostDoublings = 14;
constexpr Time kForEver = ~Time{0};
constexpr Time kHangAfter = 100 * kMillisecond;

/// A worker whose group may lose its turn, or time, wherever its threads would meet.
struct SimulatedGroup : kernel::HostGroup {
  WorkerWorld* world;
  explicit SimulatedGroup(WorkerWorld* made) : world(made) {}
  void sync() const {
    world->scheduler.maybe_yield();
    if (world->chance.below(1000) >= world->plan.slow) return;
    ++world->coverage.slow_workers;
    world->scheduler.sleep_for(world->chance.between(1, 500) * kMicrosecond);
  }
};

}  // namespace

/// What the worker loop asks of its machine: the portable interpreter, and the turns of others.
class SimulatedPlatform : public kernel::PortablePlatform {
 public:
  SimulatedPlatform(SimulatedBackend& backend, const kernel::Context& context,
                    SimulatedBackend::Seat& seat)
      : backend_(backend), context_(context), seat_(seat) {}

  void begin_slot(kernel::Claim claim) { seat_.journal.begin_slot(claim); }
  void begin_tile(const kernel::TileView&) {
    if (!seat_.journal.begin_tile()) throw backend::WorkerEnds{};
    WorkerWorld& world = backend_.world_;
    if (world.plan.lost == 0 || backend_.may_be_lost_ >= world.plan.most_lost) return;
    if (world.chance.below(1000) >= world.plan.lost) return;
    ++world.coverage.hung_workers;
    ++backend_.may_be_lost_;
    if (world.chance.percent(30)) world.scheduler.sleep_until(kForEver);
    // Some go on before anybody has missed them.
    world.scheduler.sleep_for(world.chance.between(20, 500) * kMillisecond);
    if (seat_.lost) {
      ++world.coverage.lost_workers_that_go_on;
    } else {
      --backend_.may_be_lost_;
    }
  }
  void end_slot() {
    if (!seat_.journal.end_slot()) throw backend::WorkerEnds{};
  }

  kernel::SlotResult run_chunk(SimulatedGroup group, const kernel::ProgramView& program,
                               const kernel::Chunk& chunk, kernel::Registers& registers,
                               kernel::RecordSink& sink) {
    WorkerWorld& world = backend_.world_;
    if (world.chance.below(1000) < world.plan.stuck) {
      ++world.coverage.stuck_workers;
      world.scheduler.sleep_for(world.chance.between(1, 2000) * kMillisecond);
    }
    return kernel::run_chunk(group, *this, program, chunk, registers, sink);
  }

  // As CpuPlatform::completed, but for the eventfd.
  void completed(const kernel::QueueView& queue) {
    WorkerWorld& world = backend_.world_;
    world.scheduler.maybe_yield();
    if (world.plan.poll_interval.count() != 0 || queue.wake->parked == 0) return;
    queue.wake->parked = 0;
    world.wake_producer(kernel::queue_of(static_cast<u32>(&queue - context_.queues)));
  }

  // As CpuPlatform::io_published.
  void io_published(const kernel::IoView& io) {
    WorkerWorld& world = backend_.world_;
    world.scheduler.maybe_yield();
    if (world.plan.poll_interval.count() != 0 || io.wake->parked == 0) return;
    io.wake->parked = 0;
    world.wake_server();
  }

  void idle(const kernel::Context& context) {
    backend_.sleep_unless(seat_.number, [&context] { return kernel::has_reason_to_wake(context); });
  }

 private:
  SimulatedBackend& backend_;
  const kernel::Context& context_;
  SimulatedBackend::Seat& seat_;
};

SimulatedBackend::~SimulatedBackend() {
  VYRE_CHECK(running_ == 0);
  for (std::byte* const memory : kept_) std::free(memory);
}

template <class Memory>
Result<Memory> SimulatedBackend::allocate(std::size_t bytes) {
  if (bytes == 0) return tl::unexpected(invalid_argument("an allocation of 0 bytes"));
  const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
  auto* const memory = static_cast<std::byte*>(std::aligned_alloc(kPage, whole));
  VYRE_CHECK(memory != nullptr);
  std::memset(memory, 0, whole);
  return Memory({memory, bytes}, [this](std::span<std::byte> released) { release(released); });
}

void SimulatedBackend::release(std::span<std::byte> released) {
  world_.check.check_releasable(released);
  if (losses_ != 0) {
    kept_.push_back(released.data());
  } else {
    std::free(released.data());
  }
}

Result<backend::PeerBuffer> SimulatedBackend::map_peer_buffer(std::size_t, const std::string&) {
  return tl::unexpected(unavailable("there is no peer memory", "use memory of the process"));
}

Status SimulatedBackend::write(std::byte* target, std::span<const std::byte> bytes) {
  std::memcpy(target, bytes.data(), bytes.size());
  return {};
}

Status SimulatedBackend::read(const std::byte* source, std::span<std::byte> bytes) const {
  std::memcpy(bytes.data(), source, bytes.size());
  return {};
}

Status SimulatedBackend::start(const kernel::Context& context) {
  VYRE_CHECK(running_ == 0);
  if (!world_.check.knows()) world_.check.learn(context);
  context_ = &context;
  sleepers_.assign(world_.plan.workers, nullptr);
  for (u32 worker = 0; worker < world_.plan.workers; ++worker) seat(context, worker);
  return {};
}

void SimulatedBackend::seat(const kernel::Context& context, u32 number) {
  ++running_;
  seats_.push_back(std::make_unique<Seat>());
  Seat& made = *seats_.back();
  made.number = number;
  world_.scheduler.start(fmt::format("worker-{}", number),
                         [this, &context, &made] { work(context, made); });
}

void SimulatedBackend::work(const kernel::Context& context, Seat& seat) {
  const auto scratch = std::make_unique<kernel::WorkerScratch>();
  SimulatedPlatform platform(*this, context, seat);
  try {
    kernel::run_worker(context, seat.number, SimulatedGroup(&world_), platform, *scratch);
  } catch (const backend::WorkerEnds&) {
    // Its slot has gone to another.
  }
  seat.left = true;
  // A SHUTDOWN slot stops all workers, but only its own is awake for sure.
  ring_all();
  if (!seat.lost) --running_;
}

// As Crew::look.
void SimulatedBackend::look() {
  if (looking_ || world_.plan.lost == 0) return;
  looking_ = true;
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    Seat& seat = *seats_[i];
    if (seat.left || seat.lost) continue;
    const u64 word = seat.journal.word();
    if (!backend::WorkerJournal::at_slot(word) || word != seat.seen) {
      seat.seen = word;
      seat.since = world_.scheduler.now();
    } else if (world_.scheduler.now() - seat.since > kHangAfter && seat.journal.disown(word)) {
      lose(seat);
    }
  }
  looking_ = false;
}

void SimulatedBackend::lose(Seat& seat) {
  seat.lost = true;
  ++losses_;
  ++world_.coverage.lost_workers;
  --running_;
  const kernel::Claim claim = seat.journal.claim();
  const kernel::QueueView& queue = context_->queues[claim.queue];
  const wire::WorkSlot& slot = queue.slots[claim.position & (queue.capacity - 1)];
  this->seat(*context_, seat.number);
  kernel::leave_region(context_->regions[slot.arguments[wire::chunk_argument::kRegion]]);
  SimulatedPlatform platform(*this, *context_, seat);
  kernel::finish(*context_, platform, claim, slot.tenant,
                 kernel::slot_fault(wire::FaultCode::kWorkerLost, seat.number));
}

Status SimulatedBackend::join() {
  world_.scheduler.wait_until([this] {
    look();
    return running_ == 0;
  });
  return {};
}

template <class Predicate>
void SimulatedBackend::sleep_unless(u32 worker, Predicate has_work) {
  const u64 seen = rings_;
  if (has_work() || rings_ != seen) return;
  sleepers_[worker] = world_.scheduler.current();
  world_.scheduler.sleep_until(kForEver);
  sleepers_[worker] = nullptr;
}

void SimulatedBackend::ring_doorbell() noexcept {
  ++rings_;
  const auto sleeps = [](const Task* task) { return task != nullptr && task->asleep; };
  const auto sleeper = std::find_if(sleepers_.begin(), sleepers_.end(), sleeps);
  if (sleeper != sleepers_.end()) world_.scheduler.wake(*sleeper);
  world_.scheduler.maybe_yield();
}

void SimulatedBackend::ring_all() noexcept {
  ++rings_;
  for (Task* const sleeper : sleepers_) world_.scheduler.wake(sleeper);
}

// Who asks again and again waits for the workers: they get their turns, and time.
std::optional<Error> SimulatedBackend::fault() const {
  if (world_.scheduler.current() == nullptr) return std::nullopt;
  u32& asked = asked_[world_.scheduler.current()];
  if (asked != 0) world_.scheduler.sleep_for(kFirstLook << std::min(asked, kMostDoublings));
  ++asked;
  const_cast<SimulatedBackend*>(this)->look();
  return std::nullopt;
}

}  // namespace vyre::simulation
