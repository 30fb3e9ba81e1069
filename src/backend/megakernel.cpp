#include "backend/megakernel.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <mutex>

#include "backend/carver.hpp"
#include "backend/program_store.hpp"
#include "backend/region_table.hpp"
#include "base/check.hpp"
#include "base/checked.hpp"
#include "wire/atomics.hpp"

namespace vyre::backend {
namespace {

constexpr u32 kMaxQueueCapacity = 4096;
constexpr u32 kMaxWindowWords = 1u << 20;
constexpr u32 kMaxDebugRecords = 1u << 20;

Status check_range(const char* name, u32 value, u32 least, u32 most) {
  if (value >= least && value <= most) return {};
  return tl::unexpected(invalid_argument(fmt::format("{} is {}", name, value),
                                         fmt::format("use {} to {}", least, most)));
}

Status check_options(const MegakernelOptions& options) {
  Status status = check_range("the number of queues", options.queues, 1, kernel::kMaxQueues);
  if (status) status = check_range("queue_capacity", options.queue_capacity, 2, kMaxQueueCapacity);
  if (status) status = check_range("window_words", options.window_words, 1, kMaxWindowWords);
  if (status) status = check_range("debug_records", options.debug_records, 0, kMaxDebugRecords);
  if (status && !std::has_single_bit(options.queue_capacity)) {
    return tl::unexpected(invalid_argument(
        fmt::format("queue_capacity is {}, not a power of two", options.queue_capacity),
        fmt::format("use {}", std::bit_ceil(options.queue_capacity))));
  }
  return status;
}

Status check_tenant(u32 tenant) {
  if (tenant < wire::kMaxTenants) return {};
  return tl::unexpected(invalid_argument(fmt::format("tenant {} of {}", tenant, wire::kMaxTenants),
                                         fmt::format("use tenant 0 to {}", wire::kMaxTenants - 1)));
}

/// The kernel's memory, as arrays.
struct Layout {
  kernel::Context* context;
  wire::ControlBlock* control;
  kernel::WakeWord* wakes;
};

void lay_out_queue(Carver& carver, u32 capacity, kernel::QueueView* view, kernel::WakeWord* wake) {
  kernel::QueueView queue{};
  queue.header = carver.take<wire::QueueHeader>(1);
  queue.slots = carver.take<wire::WorkSlot>(capacity);
  queue.capacity = capacity;
  queue.state = carver.take<kernel::QueueWorkersState>(1);
  queue.turns = carver.take<kernel::SlotTurn>(capacity);
  queue.wake = wake;
  if (view == nullptr) return;
  // As if every slot had been used, and finished, one lap before position 0.
  for (u32 i = 0; i < capacity; ++i) queue.turns[i] = {i + 1 - capacity, i + 1 - capacity, 0};
  *view = queue;
}

Layout lay_out(Carver& carver, const MegakernelOptions& options) {
  kernel::Context context{};
  Layout layout{};
  layout.context = carver.take<kernel::Context>(1);
  layout.control = carver.take<wire::ControlBlock>(1);
  layout.wakes = carver.take<kernel::WakeWord>(options.queues);
  context.workers = carver.take<kernel::WorkersState>(1);
  context.queues = carver.take<kernel::QueueView>(options.queues);
  context.queue_count = options.queues;
  for (u32 i = 0; i < options.queues; ++i) {
    const bool measuring = context.queues == nullptr;
    lay_out_queue(carver, options.queue_capacity, measuring ? nullptr : context.queues + i,
                  measuring ? nullptr : layout.wakes + i);
  }
  context.windows = carver.take<u32>(std::size_t{wire::kMaxTenants} * options.window_words);
  context.window_words = options.window_words;
  context.programs = carver.take<kernel::ProgramEntry>(std::size_t{wire::kMaxTenants} *
                                                       kernel::kMaxProgramsPerTenant);
  context.debug_log = {carver.take<u32>(1), carver.take<wire::DebugRecord>(options.debug_records),
                       options.debug_records};
  if (layout.context == nullptr) return layout;
  context.host_control = layout.control->words;
  context.worker_control = layout.control->words;
  *layout.context = context;
  return layout;
}

}  // namespace

struct Megakernel::State {
  State(std::unique_ptr<Backend> machine, SharedMemory shared, Layout places,
        std::shared_ptr<RegionTable> region_table)
      : backend(std::move(machine)),
        memory(std::move(shared)),
        layout(places),
        context(*places.context),
        regions(std::move(region_table)),
        programs(context.programs, context.window_words, *backend) {}

  [[nodiscard]] u32 control(u32 word) const {
    return wire::load_acquire(context.worker_control + word);
  }
  Status stop(kernel::StopMode mode);
  /// Words of a tenant's window. Errors: see read_window.
  [[nodiscard]] Result<std::span<u32>> window(u32 tenant, u32 first, std::size_t count) const;

  std::unique_ptr<Backend> backend;
  SharedMemory memory;
  Layout layout;
  kernel::Context& context;
  std::shared_ptr<RegionTable> regions;
  ProgramStore programs;
  std::vector<base::OwnedFd> wake_fds;
  std::vector<std::unique_ptr<WorkQueue>> queues;
  std::mutex life;
  bool launched = false;
};

Status Megakernel::State::stop(kernel::StopMode mode) {
  const std::lock_guard lock(life);
  if (!launched) return {};
  wire::store_release(layout.control->words + wire::control::kShutdown, static_cast<u32>(mode));
  backend->ring_all();
  Status status = backend->join();
  if (status) launched = false;
  return status;
}

Result<std::unique_ptr<Megakernel>> Megakernel::create(std::unique_ptr<Backend> backend,
                                                       const MegakernelOptions& options) {
  VYRE_CHECK(backend != nullptr);
  if (Status status = check_options(options); !status) return tl::unexpected(status.error());
  Carver measure;
  lay_out(measure, options);
  auto memory = backend->allocate(measure.used());
  if (!memory) return tl::unexpected(memory.error());
  auto regions = RegionTable::create(*backend);
  if (!regions) return tl::unexpected(regions.error());
  Carver carver(memory->bytes());
  const Layout layout = lay_out(carver, options);
  layout.context->regions = (*regions)->entries();
  for (u32 tenant = 0; tenant < wire::kMaxTenants; ++tenant) {
    layout.control->words[wire::control::kTenantMasks + tenant] = 1;
  }
  auto state =
      std::make_unique<State>(std::move(backend), std::move(*memory), layout, std::move(*regions));
  for (u32 i = 0; i < options.queues; ++i) {
    base::OwnedFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!fd) {
      return tl::unexpected(syscall_error("eventfd for a work queue", errno,
                                          "raise the open-files limit (ulimit -n)"));
    }
    layout.wakes[i].event_fd = fd.get();
    state->wake_fds.push_back(std::move(fd));
    state->queues.push_back(
        std::make_unique<WorkQueue>(layout.context->queues[i], layout.wakes[i], *state->backend));
  }
  return std::unique_ptr<Megakernel>(new Megakernel(std::move(state)));
}

Megakernel::Megakernel(std::unique_ptr<State> state) : state_(std::move(state)) {}

// Without a drain: what a dying session has published, nobody will read.
Megakernel::~Megakernel() {
  const Status status = quiesce();
  VYRE_CHECK(status.has_value());
}

Status Megakernel::launch() {
  const std::lock_guard lock(state_->life);
  if (state_->launched) {
    if (wire::load_acquire(&state_->context.workers->stop) == 0) return {};
    // A SHUTDOWN slot has stopped them.
    if (Status status = state_->backend->join(); !status) return status;
    state_->launched = false;
  }
  wire::store_release(&state_->context.workers->stop, 0);
  wire::store_release(state_->layout.control->words + wire::control::kShutdown, 0);
  Status status = state_->backend->start(state_->context);
  state_->launched = status.has_value();
  return status;
}

Status Megakernel::quiesce() { return state_->stop(kernel::StopMode::kQuiesce); }

Status Megakernel::shutdown() { return state_->stop(kernel::StopMode::kDrain); }

bool Megakernel::running() const noexcept {
  const std::lock_guard lock(state_->life);
  return state_->launched && wire::load_acquire(&state_->context.workers->stop) == 0;
}

Result<std::uint32_t> Megakernel::load(const VerifiedProgram& program, std::uint32_t tenant) {
  return state_->programs.load(program, tenant);
}

Result<Region> Megakernel::add_region(std::span<const std::byte> data, std::uint32_t outcomes,
                                      std::uint32_t records, std::uint64_t output_bytes) {
  const auto id = state_->regions->add(*state_->backend, data, outcomes, records, output_bytes);
  if (!id) return tl::unexpected(id.error());
  return Region(state_->regions, *id);
}

Result<std::span<u32>> Megakernel::State::window(u32 tenant, u32 first, std::size_t count) const {
  if (Status status = check_tenant(tenant); !status) return tl::unexpected(status.error());
  const std::size_t words = context.window_words;
  if (!base::range_fits<std::size_t>(first, count, words)) {
    return tl::unexpected(invalid_argument(
        fmt::format("{} words from word {} of a window of {}", count, first, words),
        "stay inside the window, or create the megakernel with more window_words"));
  }
  return std::span(context.windows + tenant * words + first, count);
}

Status Megakernel::read_window(std::uint32_t tenant, std::uint32_t first,
                               std::span<std::uint32_t> words) const {
  const auto window = state_->window(tenant, first, words.size());
  if (!window) return tl::unexpected(window.error());
  std::transform(window->begin(), window->end(), words.begin(),
                 [](const u32& word) { return wire::load_acquire(&word); });
  return {};
}

Status Megakernel::write_window(std::uint32_t tenant, std::uint32_t first,
                                std::span<const std::uint32_t> words) {
  const auto window = state_->window(tenant, first, words.size());
  if (!window) return tl::unexpected(window.error());
  for (std::size_t i = 0; i < words.size(); ++i) wire::store_release(&(*window)[i], words[i]);
  return {};
}

Status Megakernel::set_tenant_enabled(std::uint32_t tenant, bool enabled) {
  if (Status status = check_tenant(tenant); !status) return status;
  wire::store_release(state_->layout.control->words + wire::control::kTenantMasks + tenant,
                      enabled ? 1 : 0);
  state_->backend->ring_all();
  return {};
}

WorkQueue& Megakernel::queue(std::uint32_t index) {
  VYRE_CHECK(index < state_->queues.size());
  return *state_->queues[index];
}

std::uint32_t Megakernel::queue_count() const noexcept { return state_->context.queue_count; }

std::uint32_t Megakernel::epoch() const noexcept { return state_->control(wire::control::kEpoch); }

std::uint32_t Megakernel::done_count() const noexcept {
  return state_->control(wire::control::kDoneCount);
}

Metrics Megakernel::metrics() const noexcept {
  Metrics metrics;
  for (u32 i = 0; i < metrics.builtin.size(); ++i) {
    metrics.builtin[i] = state_->control(wire::control::kMetrics + i);
  }
  metrics.printf = state_->control(wire::control::kMetricPrintf);
  metrics.packed_slots = state_->control(wire::control::kMetricPackedSlots);
  metrics.programs = state_->control(wire::control::kMetricPrograms);
  metrics.faults = state_->control(wire::control::kMetricFaults);
  return metrics;
}

std::uint32_t Megakernel::observable(std::uint32_t position) const noexcept {
  return state_->control(wire::control::kObservable + position % wire::control::kObservableCount);
}

std::vector<wire::DebugRecord> Megakernel::debug_log() const {
  const kernel::DebugLogView& log = state_->context.debug_log;
  const u32 count = std::min(wire::load_acquire(log.cursor), log.capacity);
  return {log.records, log.records + count};
}

std::uint32_t Megakernel::debug_log_dropped() const noexcept {
  const kernel::DebugLogView& log = state_->context.debug_log;
  const u32 cursor = wire::load_acquire(log.cursor);
  return cursor > log.capacity ? cursor - log.capacity : 0;
}

const Backend& Megakernel::backend() const noexcept { return *state_->backend; }

std::optional<Error> Megakernel::fault() const { return state_->backend->fault(); }

}  // namespace vyre::backend
