#include "backend/cpu/cpu_backend.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "backend/cpu/automaton_plan.hpp"
#include "backend/cpu/cpu_platform.hpp"
#include "backend/cpu/doorbell.hpp"
#include "base/check.hpp"
#include "kernel/worker.hpp"
#include "memory/peer_memory.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

constexpr unsigned kMaxWorkers = 1024;

void unmap(std::span<std::byte> bytes) noexcept { ::munmap(bytes.data(), bytes.size()); }

/// Blocks all signals while it lives, so that threads started meanwhile leave them to the caller's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t previous_;
};

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const CpuOptions& options)
      : worker_count_(options.workers), level_(options.level) {}
  ~CpuBackend() override { VYRE_CHECK(threads_.empty()); }

  [[nodiscard]] const BackendDescription& description() const noexcept override {
    return description_;
  }

  Result<SharedMemory> allocate_shared(std::size_t bytes) override {
    return allocate<SharedMemory>(bytes);
  }
  Result<WorkerMemory> allocate_for_workers(std::size_t bytes) override {
    return allocate<WorkerMemory>(bytes);
  }
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes) override {
    return memory::MappedBuffer::anonymous(bytes);
  }
  Result<PeerBuffer> map_peer_buffer(std::size_t bytes, const std::string& provider) override {
    auto buffer = memory::map_peer_memory(provider, bytes);
    if (!buffer) return tl::unexpected(std::move(buffer.error()));
    const std::span<std::byte> all = buffer->bytes();
    return PeerBuffer{std::move(*buffer), all};
  }

  Status write(std::byte* target, std::span<const std::byte> bytes) override {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(u32)) {
      u32 word;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      wire::store_release(reinterpret_cast<u32*>(target + at), word);
    }
    return {};
  }
  Status read(const std::byte* source, std::span<std::byte> bytes) const override {
    auto* words = reinterpret_cast<u32*>(const_cast<std::byte*>(source));
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(u32)) {
      // A read-modify-write, for enter_region's sake: see there.
      const u32 word = wire::fetch_add(words + at / sizeof(u32), 0);
      std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    return {};
  }

  [[nodiscard]] bool splits_chunks() const noexcept override { return false; }
  [[nodiscard]] bool is_near_workers(const std::byte*) const noexcept override { return true; }

  Result<const void*> prepare(std::span<const std::byte> automaton_table) override {
    auto plan = std::make_unique<AutomatonPlan>(automaton_table);
    const std::lock_guard lock(plans_mutex_);
    plans_.push_back(std::move(plan));
    return plans_.back().get();
  }

  Status start(const kernel::Context& context) override {
    VYRE_CHECK(threads_.empty());
    const SignalsBlocked blocked;
    try {
      for (unsigned worker = 0; worker < worker_count_; ++worker) {
        threads_.emplace_back([this, &context, worker] { work(context, worker); });
      }
    } catch (const std::system_error& error) {
      wire::store_release(&context.workers->stop, static_cast<u32>(kernel::StopMode::kQuiesce));
      ring_all();
      const std::size_t started = threads_.size();
      join_threads();
      return tl::unexpected(
          syscall_error(fmt::format("start of worker thread {} of {}", started + 1, worker_count_),
                        error.code().value(), "use fewer workers or raise the thread limit"));
    }
    return {};
  }

  Status join() override {
    join_threads();
    return {};
  }
  void ring_doorbell() noexcept override { doorbell_.ring(); }
  void ring_all() noexcept override { doorbell_.ring_all(); }
  [[nodiscard]] unsigned workers() const noexcept override { return worker_count_; }
  [[nodiscard]] std::chrono::nanoseconds poll_interval() const noexcept override { return {}; }

  /// One clock for all.
  [[nodiscard]] std::int64_t clock_offset() const noexcept override { return 0; }
  /// Threads of this process cannot fail apart from it.
  [[nodiscard]] std::optional<Error> fault() const override { return std::nullopt; }

 private:
  template <class Memory>
  static Result<Memory> allocate(std::size_t bytes) {
    if (bytes == 0) return tl::unexpected(invalid_argument("an allocation of 0 bytes"));
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      return tl::unexpected(syscall_error(fmt::format("mmap of {} bytes", bytes), errno,
                                          "free memory, or use fewer or smaller buffers"));
    }
    return Memory({static_cast<std::byte*>(memory), bytes}, unmap);
  }

  void work(const kernel::Context& context, unsigned worker) {
    const auto scratch = std::make_unique<kernel::WorkerScratch>();
    CpuPlatform platform(doorbell_, level_);
    kernel::run_worker(context, worker, kernel::HostGroup{}, platform, *scratch);
    // A SHUTDOWN slot stops all workers, but only its own is awake for sure.
    doorbell_.ring_all();
  }

  void join_threads() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  const BackendDescription description_{.kind = BackendKind::kCpu, .name = "cpu"};
  const unsigned worker_count_;
  const CpuLevel level_;
  Doorbell doorbell_;
  std::mutex plans_mutex_;
  std::vector<std::unique_ptr<const AutomatonPlan>> plans_;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options) {
  if (options.workers == 0 || options.workers > kMaxWorkers) {
    return tl::unexpected(invalid_argument(fmt::format("{} worker threads", options.workers),
                                           fmt::format("use 1 to {}", kMaxWorkers)));
  }
  VYRE_CHECK(options.level <= best_cpu_level());
  return std::make_unique<CpuBackend>(options);
}

}  // namespace vyre::backend
