#include "tests/simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "tests/simulation/loading_producer.hpp"
#include "tests/simulation/violation.hpp"

namespace vyre::simulation {
namespace {

constexpr u32 kWindowWords = 1024;
constexpr u32 kDebugRecords = 16;

class World final : public AtomicObserver {
 public:
  World(const WorldPlan& plan, Chance& chance);
  ~World() override { observe_atomics(nullptr); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Coverage run();

  void before_load() override { scheduler_.maybe_yield(); }
  void after_write(const u32* word, u32 previous, u32 value) override {
    check_.after_write(word, previous, value);
    scheduler_.maybe_yield();
  }

 private:
  void launch();
  void control();
  void stop_and_launch();
  void hold_a_tenant_back();
  void check_drained(const std::vector<u32>& published) const;
  void check_counters() const;
  /// Of tenants that are there from beginning to end, each with a queue.
  [[nodiscard]] u32 lasting() const {
    return static_cast<u32>(plan_.loops.size() + plan_.producers.size()) +
           (plan_.loads.slots != 0 ? 1 : 0);
  }
  [[nodiscard]] u32 queue_count() const { return lasting() + (plan_.churn.tenants != 0 ? 1 : 0); }
  [[nodiscard]] bool stops_itself() const {
    return std::any_of(plan_.producers.begin(), plan_.producers.end(),
                       [](const ProducerPlan& each) { return each.stops_workers; });
  }

  WorldPlan plan_;
  Chance& chance_;
  Coverage coverage_;
  Scheduler scheduler_;
  Turnstile tenants_{scheduler_};
  ProtocolCheck check_;
  KnownPrograms programs_;
  WorkerWorld workers_;
  SimulatedBackend* backend_ = nullptr;
  std::unique_ptr<backend::Megakernel> kernel_;
  std::vector<std::unique_ptr<SimulatedLoop>> loops_;
  std::vector<std::unique_ptr<BuiltinProducer>> producers_;
  std::unique_ptr<LoadingProducer> loads_;
  std::unique_ptr<TenantChurn> churn_;
  /// Loops and producers that have not ended.
  u32 active_ = 0;
  bool controlled_ = false;
};

World::World(const WorldPlan& plan, Chance& chance)
    : plan_(plan),
      chance_(chance),
      scheduler_(chance, coverage_, plan.preemption),
      check_(scheduler_, coverage_),
      workers_{scheduler_, chance, coverage_, check_, plan.workers, {}, {}} {
  auto backend = std::make_unique<SimulatedBackend>(workers_);
  backend_ = backend.get();
  const backend::MegakernelOptions options{.queues = queue_count(),
                                           .queue_capacity = plan.queue_capacity,
                                           .window_words = kWindowWords,
                                           .debug_records = kDebugRecords,
                                           .tenants = lasting(),
                                           .quota_period = {}};
  auto kernel = backend::Megakernel::create(std::move(backend), options);
  VYRE_CHECK(kernel.has_value());
  kernel_ = std::move(*kernel);
  const SharedParts parts{scheduler_, chance_, coverage_, check_, programs_, *backend_, *kernel_};
  for (u32 i = 0; i < plan.loops.size(); ++i) {
    loops_.push_back(std::make_unique<SimulatedLoop>(plan.loops[i], i, parts));
  }
  for (const ProducerPlan& producer : plan.producers) {
    producers_.push_back(
        std::make_unique<BuiltinProducer>(producer, *kernel_, scheduler_, chance_, coverage_));
  }
  if (plan.loads.slots != 0) loads_ = std::make_unique<LoadingProducer>(plan.loads, parts);
  workers_.wake_server = [this] { loads_->wake_server(); };
  if (plan.churn.tenants != 0) {
    churn_ = std::make_unique<TenantChurn>(plan.churn, *kernel_, tenants_, scheduler_, chance_,
                                           coverage_);
  }
  check_.oracle = &programs_;
  check_.read_in_flight = [this](std::span<const std::byte> bytes) {
    return std::any_of(loops_.begin(), loops_.end(),
                       [bytes](const auto& loop) { return loop->reads_into(bytes); });
  };
  workers_.wake_producer = [this](u32 queue) {
    if (queue < loops_.size()) loops_[queue]->wake();
  };
  observe_atomics(this);
}

void World::launch() {
  const Status launched = kernel_->launch();
  VYRE_CHECK(launched.has_value());
}

Coverage World::run() {
  launch();
  for (const auto& loop : loops_) {
    ++active_;
    scheduler_.start("loop", [this, &loop] {
      loop->run();
      --active_;
    });
  }
  for (const auto& producer : producers_) {
    ++active_;
    scheduler_.start("producer", [this, &producer] {
      producer->run();
      --active_;
    });
  }
  if (loads_) {
    active_ += 2;
    scheduler_.start("load producer", [this] {
      loads_->run();
      --active_;
    });
    scheduler_.start("io server", [this] {
      loads_->serve();
      --active_;
    });
  }
  if (churn_) {
    ++active_;
    scheduler_.start("churn", [this] {
      churn_->run();
      --active_;
    });
  }
  scheduler_.start("controller", [this] {
    control();
    controlled_ = true;
  });
  scheduler_.run_until([this] { return active_ == 0 && controlled_; });
  VYRE_CHECK(kernel_->quiesce().has_value());
  check_counters();
  if (loads_) loads_->end_service();
  observe_atomics(nullptr);
  loops_.clear();
  loads_.reset();
  kernel_.reset();
  return coverage_;
}

// Stops, launches and masks, as long as others work; and launches where a SHUTDOWN slot has stopped
// the workers.
void World::control() {
  u32 stops = plan_.stops;
  u32 masks = plan_.masks;
  while (active_ != 0) {
    scheduler_.sleep_for(chance_.between(20, 1500) * kMicrosecond);
    if (!kernel_->running()) launch();
    if (stops != 0 && chance_.percent(30)) {
      --stops;
      stop_and_launch();
    }
    if (masks != 0 && chance_.percent(30)) {
      --masks;
      hold_a_tenant_back();
    }
  }
}

void World::stop_and_launch() {
  if (chance_.percent(50)) {
    VYRE_CHECK(kernel_->quiesce().has_value());
  } else {
    std::vector<u32> published;
    for (u32 band = 0; band < check_.bands(); ++band) published.push_back(check_.tail(band));
    VYRE_CHECK(kernel_->shutdown().has_value());
    ++coverage_.drains;
    if (!stops_itself()) check_drained(published);
  }
  if (kernel_->running()) violate("stops-when-told", "the workers run on");
  scheduler_.sleep_for(chance_.between(1, 2000) * kMicrosecond);
  launch();
  ++coverage_.relaunches;
}

void World::check_drained(const std::vector<u32>& published) const {
  // Tenants that come and go may be held or out of quota, and their slots stay.
  for (u32 band = 0; band < lasting() * wire::kBands; ++band) {
    if (const auto left = check_.unfinished_before(band, published[band])) {
      violate("drain-is-whole", fmt::format("view {} position {} is unfinished", band, *left));
    }
  }
}

void World::hold_a_tenant_back() {
  const u32 tenant = chance_.below(lasting());
  VYRE_CHECK(tenants_([&] { return kernel_->hold(tenant); }).has_value());
  ++coverage_.masked_tenants;
  scheduler_.sleep_for(chance_.between(1, 3000) * kMicrosecond);
  VYRE_CHECK(tenants_([&] { return kernel_->authorise(tenant); }).has_value());
}

void World::check_counters() const {
  u32 fences = 0;
  for (const auto& producer : producers_) {
    producer->check_window();
    fences += producer->fences();
  }
  const auto expect = [](const char* what, u32 told, u32 true_count) {
    if (told == true_count) return;
    violate("counters-balance", fmt::format("{}: {} counted, {} true", what, told, true_count));
  };
  expect("epoch", kernel_->epoch(), fences);
  expect("slots done", kernel_->done_count(), check_.finished_slots());
  const backend::Metrics metrics = kernel_->metrics();
  expect("lost workers", backend_->losses().count, check_.lost_slots());
  expect("faults", metrics.faults, check_.faulted_slots());
  expect("programs", metrics.programs,
         static_cast<u32>(coverage_.program_slots - coverage_.program_faults));
  for (u32 queue = 0; queue < queue_count(); ++queue) {
    if (!check_.all_empty(queue))
      violate("no-slot-lost", fmt::format("queue {} is not empty", queue));
    expect("published slots", kernel_->queue(queue).next_position(), check_.shown(queue));
  }
}

}  // namespace

Coverage simulate(u64 seed) {
  note_seed(seed);
  Chance chance(seed);
  World world(plan_world(chance), chance);
  return world.run();
}

std::string describe(u64 seed) {
  Chance chance(seed);
  return describe(plan_world(chance));
}

}  // namespace vyre::simulation
