#include "backend/cpu/cpu_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "backend/cpu/crew.hpp"
#include "base/check.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kMaxWorkers = 1024;
constexpr std::chrono::nanoseconds kShortestHang = 10ms;
constexpr std::chrono::nanoseconds kMostBetweenLooks = 250ms;
/// How often producers look after workers that may all be lost on purpose.
constexpr std::chrono::nanoseconds kPollWhereLost = 1ms;

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const CpuOptions& options)
      : options_({options.workers, options.level, options.hang_after}),
        tools_(std::make_shared<CrewTools>(options.injection)) {}
  ~CpuBackend() override { VYRE_CHECK(crew_ == nullptr || is_broken()); }

  [[nodiscard]] const BackendDescription& description() const noexcept override {
    return description_;
  }

  Result<SharedMemory> allocate_shared(std::size_t bytes) override {
    return tools_->memory->allocate_shared(bytes);
  }
  Result<WorkerMemory> allocate_for_workers(std::size_t bytes) override {
    return tools_->memory->allocate_for_workers(bytes);
  }
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes) override {
    return tools_->memory->map_buffer(bytes);
  }
  Result<PeerBuffer> map_peer_buffer(std::size_t bytes, const std::string& provider) override {
    return tools_->memory->map_peer_buffer(bytes, provider);
  }

  Status write(std::byte* target, std::span<const std::byte> bytes) override;
  Status read(const std::byte* source, std::span<std::byte> bytes) const override;

  [[nodiscard]] bool splits_chunks() const noexcept override { return false; }
  [[nodiscard]] bool is_near_workers(const std::byte*) const noexcept override { return true; }

  Result<const void*> prepare(std::span<const std::byte> automaton_table) override {
    auto plan = std::make_unique<AutomatonPlan>(automaton_table);
    const std::lock_guard lock(tools_->plans_mutex);
    tools_->plans.push_back(std::move(plan));
    return tools_->plans.back().get();
  }

  Status start(const kernel::Context& context) override;
  Status join() override;
  void ring_doorbell() noexcept override { tools_->doorbell.ring(); }
  void ring_all() noexcept override { tools_->doorbell.ring_all(); }
  [[nodiscard]] unsigned workers() const noexcept override { return options_.workers; }
  // Workers that are lost wake nobody.
  [[nodiscard]] std::chrono::nanoseconds poll_interval() const noexcept override {
    return tools_->injector.may_lose() ? kPollWhereLost : 0ns;
  }

  /// One clock for all.
  [[nodiscard]] std::int64_t clock_offset() const noexcept override { return 0; }
  [[nodiscard]] std::optional<Error> fault() const override;
  [[nodiscard]] WorkerLosses losses() const override {
    const std::lock_guard lock(tools_->losses_mutex);
    return tools_->losses;
  }
  [[nodiscard]] bool replaces_workers() const noexcept override { return true; }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool is_broken() const noexcept { return broken_.load(std::memory_order_acquire); }
  void report(const Error& error) const;
  [[nodiscard]] bool time_to_look() const;

  const BackendDescription description_{.kind = BackendKind::kCpu, .name = "cpu"};
  const CrewOptions options_;
  const std::shared_ptr<CrewTools> tools_;
  /// The threads that were last started; null when they have ended.
  std::shared_ptr<Crew> crew_;
  /// Of crew_ and fault_.
  mutable std::mutex mutex_;
  mutable std::optional<Error> fault_;
  mutable std::atomic<bool> broken_{false};
  /// Of Clock, in nanoseconds: whoever asks for faults next, at or after that time, looks.
  mutable std::atomic<std::int64_t> next_look_{0};
};

Status CpuBackend::write(std::byte* target, std::span<const std::byte> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(u32)) {
    u32 word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    wire::store_release(reinterpret_cast<u32*>(target + at), word);
  }
  return {};
}

Status CpuBackend::read(const std::byte* source, std::span<std::byte> bytes) const {
  auto* words = reinterpret_cast<u32*>(const_cast<std::byte*>(source));
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(u32)) {
    // A read-modify-write, for enter_region's sake: see there.
    const u32 word = wire::fetch_add(words + at / sizeof(u32), 0);
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  return {};
}

Status CpuBackend::start(const kernel::Context& context) {
  if (auto broken = fault()) return tl::unexpected(std::move(*broken));
  VYRE_CHECK(crew_ == nullptr);
  auto crew = Crew::start(tools_, context, options_);
  if (!crew) return tl::unexpected(std::move(crew.error()));
  const std::lock_guard lock(mutex_);
  crew_ = std::move(*crew);
  return {};
}

Status CpuBackend::join() {
  if (crew_ == nullptr) return {};
  if (Status joined = crew_->join(); !joined) {
    report(joined.error());
    return joined;
  }
  const std::lock_guard lock(mutex_);
  crew_ = nullptr;
  return {};
}

void CpuBackend::report(const Error& error) const {
  const std::lock_guard lock(mutex_);
  if (!fault_) fault_ = error;
  broken_.store(true, std::memory_order_release);
}

bool CpuBackend::time_to_look() const {
  const std::int64_t now = std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
  std::int64_t next = next_look_.load(std::memory_order_relaxed);
  const auto between =
      std::min<std::chrono::nanoseconds>(options_.hang_after / 4, kMostBetweenLooks);
  return now >= next &&
         next_look_.compare_exchange_strong(next, now + between.count(), std::memory_order_relaxed);
}

std::optional<Error> CpuBackend::fault() const {
  if (!is_broken() && (tools_->injector.lost() || time_to_look())) {
    std::shared_ptr<Crew> crew;
    {
      const std::lock_guard lock(mutex_);
      crew = crew_;
    }
    const Status looked = crew != nullptr ? crew->look() : Status();
    if (!looked) report(looked.error());
  }
  if (!is_broken()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return fault_;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options) {
  if (options.workers == 0 || options.workers > kMaxWorkers) {
    return tl::unexpected(invalid_argument(fmt::format("{} worker threads", options.workers),
                                           fmt::format("use 1 to {}", kMaxWorkers)));
  }
  if (options.hang_after < kShortestHang) {
    return tl::unexpected(invalid_argument(
        fmt::format("a hang limit of {} ns", options.hang_after.count()), "use 10 ms or more"));
  }
  if (options.injection.kind == FaultInjection::Kind::kBadStore) {
    return tl::unexpected(invalid_argument("a bad store would end the process, not a worker alone",
                                           "inject hang or end"));
  }
  VYRE_CHECK(options.level <= best_cpu_level());
  return std::make_unique<CpuBackend>(options);
}

}  // namespace vyre::backend
