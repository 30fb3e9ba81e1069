#include "backend/cuda/cuda_backend.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "backend/cuda/cuda_devices.hpp"
#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/cuda_memory.hpp"
#include "backend/cuda/current_device.hpp"
#include "backend/cuda/device/kernels.hpp"
#include "backend/cuda/device_buffer.hpp"
#include "backend/cuda/device_claim.hpp"
#include "backend/cuda/kernel_memory.hpp"
#include "backend/cuda/translation/device_compiler.hpp"
#include "backend/cuda/watchdog.hpp"
#include "base/check.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr unsigned kMostBlocks = 16;
/// A producer that waits for the device looks again this often. PCIe brings a slot of 512 KiB in 10
/// us, and a ring has several under way, so that it need not look for each.
constexpr std::chrono::nanoseconds kPollInterval = 50us;
/// A kernel ends within some microseconds of its last tile.
constexpr std::chrono::nanoseconds kJoinSpin = 200us;
constexpr std::chrono::nanoseconds kJoinSleep = 50us;
/// More than a launch ever took; less than a user waits gladly.
constexpr std::chrono::nanoseconds kStartLimit = 10s;

/// Workers that are kept for tenants with little under way: of one multiprocessor, which has
/// `each`, and a thirty-second of all at most, for that is what they cost where nobody has little
/// to do. One alone would be left by nobody to another: then there are none.
u32 reserve_seats(unsigned workers, unsigned each) {
  const u32 seats = std::min<u32>({workers / 32, each, device::Reserve::kMostSeats});
  return seats < 2 ? 0 : seats;
}

Status check_options(const CudaOptions& options) {
  const auto refuse = [](std::string what, const char* fix) {
    return Status(tl::unexpected(invalid_argument(std::move(what), fix)));
  };
  if (options.blocks_per_multiprocessor == 0 || options.blocks_per_multiprocessor > kMostBlocks) {
    return refuse(fmt::format("{} blocks per multiprocessor", options.blocks_per_multiprocessor),
                  "use 1 to 16");
  }
  if (options.spin < 0ns || options.spin > 1s) {
    return refuse(fmt::format("a spin time of {} ns", options.spin.count()), "use 0 to 1 s");
  }
  if (options.idle_sleep < 0ns || options.idle_sleep > 1ms) {
    return refuse(fmt::format("an idle sleep of {} ns", options.idle_sleep.count()),
                  "use 0 to 1 ms");
  }
  const FaultInjection::Kind injected = options.injection.kind;
  if (injected == FaultInjection::Kind::kEnd || injected == FaultInjection::Kind::kLose) {
    return refuse("a worker of a GPU cannot end by itself", "inject bad-store or hang");
  }
  if (options.hang_after < 10ms) {
    return refuse(fmt::format("a hang limit of {} ns", options.hang_after.count()),
                  "use 10 ms or more");
  }
  return {};
}

Status launched(int error) {
  if (error == cudaSuccess) return {};
  return tl::unexpected(cuda_error(error, "launch of the kernel"));
}

/// Two streams that wait for nobody, destroyed with the object.
class KernelStreams {
 public:
  KernelStreams() = default;
  KernelStreams(const KernelStreams&) = delete;
  KernelStreams& operator=(const KernelStreams&) = delete;
  ~KernelStreams() {
    for (const cudaStream_t stream : {dispatcher_, workers_}) {
      if (stream != nullptr) cudaStreamDestroy(stream);
    }
  }

  Status open() {
    for (cudaStream_t* stream : {&dispatcher_, &workers_}) {
      const cudaError_t error = cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking);
      if (error != cudaSuccess) return tl::unexpected(cuda_error(error, "a CUDA stream"));
    }
    return {};
  }
  /// What is on the streams never ends: the driver takes them back with the process.
  void abandon() noexcept { dispatcher_ = workers_ = nullptr; }

  [[nodiscard]] cudaStream_t dispatcher() const { return dispatcher_; }
  [[nodiscard]] cudaStream_t workers() const { return workers_; }
  /// True where both kernels have ended well. Errors are the watchdog's to find.
  [[nodiscard]] bool idle() const {
    return cudaStreamQuery(dispatcher_) == cudaSuccess && cudaStreamQuery(workers_) == cudaSuccess;
  }

 private:
  cudaStream_t dispatcher_ = nullptr;
  cudaStream_t workers_ = nullptr;
};

class CudaBackend final : public Backend {
 public:
  CudaBackend(const CudaOptions& options, CudaDevice device, DeviceClaim claim,
              std::shared_ptr<CudaMemory> memory)
      : options_(options),
        device_(std::move(device)),
        claim_(std::move(claim)),
        description_{.kind = BackendKind::kCuda, .name = device_.name, .uuid = device_.uuid},
        memory_(std::move(memory)) {}
  ~CudaBackend() override {
    VYRE_CHECK(!running_ || fault());
    watchdog_.stop();
    if (!fault()) return;
    streams_.abandon();
    if (compiler_) compiler_->abandon();
  }

  /// Loads the kernels; once.
  Status open();

  [[nodiscard]] const BackendDescription& description() const noexcept override {
    return description_;
  }
  Result<SharedMemory> allocate_shared(std::size_t bytes) override {
    return memory_->allocate_shared(bytes);
  }
  Result<WorkerMemory> allocate_for_workers(std::size_t bytes) override {
    return memory_->allocate_for_workers(bytes);
  }
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes) override {
    return memory_->map_buffer(bytes);
  }
  Result<PeerBuffer> map_peer_buffer(std::size_t bytes, const std::string& provider) override;
  Status write(std::byte* target, std::span<const std::byte> bytes) override {
    return memory_->write(target, bytes);
  }
  Status read(const std::byte* source, std::span<std::byte> bytes) const override {
    return memory_->read(source, bytes);
  }
  [[nodiscard]] bool splits_chunks() const noexcept override { return true; }
  [[nodiscard]] bool is_near_workers(const std::byte* data) const noexcept override {
    return memory_->is_device(data);
  }
  Result<const void*> prepare(std::span<const std::byte>) override { return nullptr; }

  [[nodiscard]] ProgramCompiler* compiler() noexcept override { return &*compiler_; }

  Status start(const kernel::Context& context) override;
  Status join() override;
  void ring_doorbell() noexcept override {}
  void ring_all() noexcept override {}
  void settle_control() noexcept override;
  [[nodiscard]] unsigned workers() const noexcept override { return workers_; }
  [[nodiscard]] std::chrono::nanoseconds poll_interval() const noexcept override {
    return kPollInterval;
  }
  [[nodiscard]] std::int64_t clock_offset() const noexcept override { return clock_.offset(); }
  [[nodiscard]] std::optional<Error> fault() const override { return watchdog_.fault(); }
  // Of a device that is lost nothing comes back to the process (docs/RECOVERY.md).
  [[nodiscard]] WorkerLosses losses() const override { return {}; }
  [[nodiscard]] bool replaces_workers() const noexcept override { return false; }

 private:
  Status make_room(const kernel::Context& context);
  [[nodiscard]] device::DeviceContext parts_for(const kernel::Context& context) const;
  Status await_dispatcher();

  const CudaOptions options_;
  const CudaDevice device_;
  const DeviceClaim claim_;
  const BackendDescription description_;
  std::shared_ptr<CudaMemory> memory_;
  unsigned workers_ = 0;
  /// Of each multiprocessor.
  unsigned workers_each_ = 0;
  std::unique_ptr<KernelMemory> kernel_memory_;
  KernelStreams streams_;
  /// Since open().
  std::optional<translation::DeviceCompiler> compiler_;
  /// Of the last start; read by settle_control() while `running_`.
  const u32* host_control_ = nullptr;
  std::atomic<bool> running_{false};
  DeviceClock clock_;
  Watchdog watchdog_;
};

Status CudaBackend::open() {
  const CurrentDevice current(device_.index);
  if (Status status = current.status(); !status) return status;
  int fit = 0;
  int error = device::prepare_dispatcher();
  if (error == cudaSuccess) error = device::prepare_worker(device::interpreting_worker(), &fit);
  if (error != cudaSuccess) {
    return tl::unexpected(cuda_error(error, "loading of the persistent kernel",
                                     "use a GPU of compute capability 8.0 or newer"));
  }
  workers_each_ = std::min<unsigned>(options_.blocks_per_multiprocessor,
                                     static_cast<unsigned>(std::max(fit, 1)));
  // The dispatcher has one for itself.
  workers_ = workers_each_ * static_cast<unsigned>(std::max(device_.multiprocessors - 1, 1));
  compiler_.emplace(device_.index, workers_each_, options_.compiles_all);
  return streams_.open();
}

Result<PeerBuffer> CudaBackend::map_peer_buffer(std::size_t bytes, const std::string& provider) {
  if (!provider.empty()) {
    return tl::unexpected(invalid_argument(
        fmt::format("{} cannot use the memory of PCI device {}", description_.name, provider),
        "leave the device out, to use the GPU's own memory"));
  }
  auto buffer = DeviceBuffer::create(memory_, bytes);
  if (!buffer) return tl::unexpected(std::move(buffer.error()));
  auto mapped = buffer->map_peer();
  if (!mapped) return tl::unexpected(std::move(mapped.error()));
  return PeerBuffer{std::move(*mapped), buffer->bytes()};
}

Status CudaBackend::start(const kernel::Context& context) {
  VYRE_CHECK(!running_);
  if (auto broken = fault()) return tl::unexpected(std::move(*broken));
  const CurrentDevice current(device_.index);
  if (Status status = current.status(); !status) return status;
  if (Status status = make_room(context); !status) return status;
  clock_.restart();
  memory_->kernel_started();
  host_control_ = context.host_control;
  running_ = true;
  const device::DeviceContext parts = parts_for(context);
  Status status = launched(device::launch_dispatcher(parts, streams_.dispatcher()));
  if (status) {
    status = watchdog_.start({.device = device_.index,
                              .dispatcher_stream = streams_.dispatcher(),
                              .worker_stream = streams_.workers(),
                              .dispatcher = &kernel_memory_->dispatcher(),
                              .workers = kernel_memory_->workers(),
                              .hang_after = options_.hang_after,
                              .clock = &clock_,
                              .on_fault = [this] { memory_->abandon(); }});
  }
  if (status) status = await_dispatcher();
  if (status) {
    status = launched(device::launch_workers(compiler_->worker(), parts, streams_.workers()));
  }
  // Half of the kernels may run now, and nobody can stop them.
  if (!status) {
    watchdog_.report(status.error());
    memory_->abandon();
  }
  return status;
}

// The dispatcher tells each mask that it goes by, within a look for work or a pause between two.
// One that has left shows no more; a lost one is the watchdog's to find.
void CudaBackend::settle_control() noexcept {
  const auto is_shown = [this] {
    const u32* const masks = host_control_ + wire::control::kTenantMasks;
    for (u32 tenant = 0; tenant < wire::kMaxTenants; ++tenant) {
      const u32 shown = wire::load_acquire(&kernel_memory_->dispatcher().masks[tenant]);
      if (shown != wire::load_acquire(masks + tenant)) return false;
    }
    return true;
  };
  while (running_.load(std::memory_order_acquire) && !is_shown() && !fault()) {
    std::this_thread::sleep_for(1us);
  }
}

Status CudaBackend::make_room(const kernel::Context& context) {
  if (!kernel_memory_) {
    // All queues of a megakernel have one capacity, which the host's code knows; see there.
    kernel::QueueView first{};
    Status status = memory_->read(reinterpret_cast<const std::byte*>(context.queues),
                                  std::as_writable_bytes(std::span(&first, 1)));
    if (!status) return status;
    const u64 slots = u64{first.capacity} * context.queue_count * wire::kBands;
    auto made = KernelMemory::create(*memory_, workers_, slots);
    if (!made) return tl::unexpected(std::move(made.error()));
    kernel_memory_ = std::move(*made);
  }
  return kernel_memory_->reset(*memory_);
}

device::DeviceContext CudaBackend::parts_for(const kernel::Context& context) const {
  device::DeviceContext parts = kernel_memory_->parts();
  parts.context = context;
  parts.reserve_seats = reserve_seats(workers_, workers_each_);
  parts.spin_nanoseconds = static_cast<u32>(options_.spin.count());
  parts.idle_nanoseconds = static_cast<u32>(options_.idle_sleep.count());
  parts.injection.kind = static_cast<u32>(options_.injection.kind);
  parts.injection.at_tile = options_.injection.at_tile;
  parts.injection.marker = options_.injection.marker;
  return parts;
}

Status CudaBackend::await_dispatcher() {
  const Clock::time_point limit = Clock::now() + kStartLimit;
  const device::DispatcherJournal& journal = kernel_memory_->dispatcher();
  while (wire::load_acquire(&journal.beat) == 0) {
    if (auto broken = fault()) return tl::unexpected(std::move(*broken));
    if (Clock::now() > limit) {
      return tl::unexpected(
          Error{ErrorCode::kDeviceFault, 0,
                fmt::format("{} ({}) did not begin to run the persistent kernel within 10 s",
                            device_.name, device_.uuid),
                "look with nvidia-smi who else keeps the device busy; end that or choose another"});
    }
  }
  look_at_clock(journal, clock_);
  return {};
}

Status CudaBackend::join() {
  if (!running_) return {};
  const CurrentDevice current(device_.index);
  const Clock::time_point begun = Clock::now();
  while (!streams_.idle()) {
    if (auto broken = fault()) {
      watchdog_.stop();
      memory_->abandon();
      return tl::unexpected(std::move(*broken));
    }
    if (Clock::now() - begun > kJoinSpin) std::this_thread::sleep_for(kJoinSleep);
  }
  watchdog_.stop();
  running_ = false;
  memory_->kernel_stopped();
  return {};
}

}  // namespace

Result<std::unique_ptr<Backend>> make_cuda_backend(const CudaOptions& options) {
  if (Status status = check_options(options); !status) return tl::unexpected(status.error());
  if (const char* blocking = std::getenv("CUDA_LAUNCH_BLOCKING");
      blocking != nullptr && std::string_view(blocking) == "1") {
    return tl::unexpected(unavailable(
        "CUDA_LAUNCH_BLOCKING is 1, and a launch of a kernel that stays would never return",
        "unset CUDA_LAUNCH_BLOCKING"));
  }
  const auto devices = cuda_devices();
  if (!devices) return tl::unexpected(devices.error());
  auto device = choose_cuda_device(*devices, options.device);
  if (!device) return tl::unexpected(std::move(device.error()));
  auto claim = DeviceClaim::take(*device);
  if (!claim) return tl::unexpected(std::move(claim.error()));
  auto memory = CudaMemory::create(*device);
  if (!memory) return tl::unexpected(std::move(memory.error()));
  auto backend = std::make_unique<CudaBackend>(options, std::move(*device), std::move(*claim),
                                               std::move(*memory));
  if (Status status = backend->open(); !status) return tl::unexpected(std::move(status.error()));
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace vyre::backend
