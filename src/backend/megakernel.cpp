#include "backend/megakernel.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "backend/megakernel_layout.hpp"
#include "backend/megakernel_state.hpp"
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
  if (status) status = check_range("tenants", options.tenants, 0, wire::kMaxTenants);
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

}  // namespace

Result<std::unique_ptr<Megakernel::State>> Megakernel::State::create(
    std::shared_ptr<Backend> backend, const MegakernelOptions& options) {
  Carver measure_shared;
  Carver measure_local;
  Carver measure_zeros;
  lay_out_workers(measure_local, options, lay_out_shared(measure_shared, options));
  lay_out_zeros(measure_zeros, options);
  auto shared_memory = backend->allocate_shared(measure_shared.used());
  if (!shared_memory) return tl::unexpected(shared_memory.error());
  auto local = backend->allocate_for_workers(measure_local.used());
  if (!local) return tl::unexpected(local.error());
  auto zeros = backend->allocate_for_workers(measure_zeros.used());
  if (!zeros) return tl::unexpected(zeros.error());
  auto regions = RegionTable::create(backend);
  if (!regions) return tl::unexpected(regions.error());

  Carver shared_carver(shared_memory->bytes());
  const SharedLayout shared = lay_out_shared(shared_carver, options);
  std::vector<std::byte> image(measure_local.used());
  Carver local_carver(image, local->bytes().data());
  const WorkersLayout workers = lay_out_workers(local_carver, options, shared);
  Carver zeros_carver(zeros->bytes());
  const ZeroLayout zero = lay_out_zeros(zeros_carver, options);
  if (Status status = backend->write(local->bytes().data(), image); !status) {
    return tl::unexpected(std::move(status.error()));
  }

  const kernel::Context context{
      .host_control = shared.control->words,
      .worker_control = local_carver.address(workers.control)->words,
      .workers = shared.workers,
      .queues = local_carver.address(workers.views),
      .queue_count = options.queues,
      .ledger = ledger_of(local_carver, workers),
      .windows = zero.windows,
      .window_words = options.window_words,
      .programs = local_carver.address(workers.programs),
      .regions = (*regions)->entries(),
      .debug_log = {local_carver.address(workers.debug_cursor), zero.debug_records,
                    options.debug_records},
      .io = {shared.io.header, shared.io.slots, local_carver.address(workers.io), shared.io.wake},
      .keep_times = options.keep_times ? 1u : 0u};
  auto state = std::make_unique<State>(std::move(backend), context);
  state->shared = std::move(*shared_memory);
  state->local = std::move(*local);
  state->zeros = std::move(*zeros);
  state->host_control = shared.control;
  state->views.assign(workers.views, workers.views + std::size_t{options.queues} * wire::kBands);
  state->regions = std::move(*regions);
  state->tenants = std::make_unique<TenantTable>(*shared.control, state->context, state->views,
                                                 state->programs, *state->backend);
  state->quota_period = options.quota_period;
  state->compiles_at_load = options.compile_at_load;
  for (u32 band = 0; band <= wire::kBands; ++band) {
    shared.control->words[wire::control::kPriorityOffsets + band] = band * options.queue_capacity;
  }
  if (Status status = state->admit(options.tenants); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return state;
}

Status Megakernel::State::admit(u32 count) {
  for (u32 i = 0; i < count; ++i) {
    const auto tenant = tenants->add({});
    if (!tenant) return tl::unexpected(tenant.error());
    if (Status status = tenants->authorise(*tenant); !status) return status;
  }
  return {};
}

Status Megakernel::State::open_queues() {
  for (u32 queue = 0; queue < context.queue_count; ++queue) {
    base::OwnedFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!fd) {
      return tl::unexpected(syscall_error("eventfd for a work queue", errno,
                                          "raise the open-files limit (ulimit -n)"));
    }
    const std::span<const kernel::QueueView, wire::kBands> bands(
        views.data() + std::size_t{queue} * wire::kBands, wire::kBands);
    bands[0].wake->event_fd = fd.get();
    wake_fds.push_back(std::move(fd));
    queues.push_back(std::make_unique<WorkQueue>(bands, *backend));
  }
  return {};
}

Result<std::unique_ptr<Megakernel>> Megakernel::create(std::unique_ptr<Backend> backend,
                                                       const MegakernelOptions& options) {
  VYRE_CHECK(backend != nullptr);
  if (Status status = check_options(options); !status) return tl::unexpected(status.error());
  auto state = State::create(std::move(backend), options);
  if (!state) return tl::unexpected(std::move(state.error()));
  if (Status status = (*state)->open_queues(); !status) return tl::unexpected(status.error());
  return std::unique_ptr<Megakernel>(new Megakernel(std::move(*state)));
}

Megakernel::Megakernel(std::unique_ptr<State> state) : state_(std::move(state)) {}

// Without a drain: what a dying session has published, nobody will read. Of a lost device nothing
// is released.
Megakernel::~Megakernel() {
  const Status status = quiesce();
  VYRE_CHECK(status.has_value() || fault().has_value());
}

Result<std::uint32_t> Megakernel::load(const VerifiedProgram& program, std::uint32_t tenant) {
  auto opcode = state_->programs.load(program, tenant);
  if (!opcode || !state_->compiles_at_load) return opcode;
  Status status = state_->compile_unless_refused();
  if (!status) return tl::unexpected(std::move(status.error()));
  return opcode;
}

Result<memory::MappedBuffer> Megakernel::map_buffer(std::size_t bytes) {
  return state_->backend->map_buffer(bytes);
}

Result<PeerBuffer> Megakernel::map_peer_buffer(std::size_t bytes, const std::string& provider) {
  return state_->backend->map_peer_buffer(bytes, provider);
}

Result<Region> Megakernel::add_region(std::span<const std::byte> data, std::uint32_t outcomes,
                                      std::uint32_t records, std::uint64_t output_bytes,
                                      std::uint32_t inbox_bytes) {
  const auto id = state_->regions->add(data, outcomes, {records, output_bytes, inbox_bytes});
  if (!id) return tl::unexpected(id.error());
  return Region(state_->regions, *id);
}

IoQueue& Megakernel::io_queue() noexcept { return state_->io; }

std::optional<std::span<std::byte>> Megakernel::pin_inbox(std::uint32_t region,
                                                          std::uint32_t outcome,
                                                          std::uint32_t bytes) {
  return state_->regions->pin_inbox(region, outcome, bytes);
}

void Megakernel::unpin_inbox(std::uint32_t region) noexcept {
  state_->regions->unpin_inbox(region);
}

Result<u32*> Megakernel::State::window(u32 tenant, u32 first, std::size_t count) const {
  if (Status status = check_tenant(tenant); !status) return tl::unexpected(status.error());
  const std::size_t words = context.window_words;
  if (!base::range_fits<std::size_t>(first, count, words)) {
    return tl::unexpected(invalid_argument(
        fmt::format("{} words from word {} of a window of {}", count, first, words),
        "stay inside the window, or create the megakernel with more window_words"));
  }
  return context.windows + tenant * words + first;
}

Status Megakernel::read_window(std::uint32_t tenant, std::uint32_t first,
                               std::span<std::uint32_t> words) const {
  const auto window = state_->window(tenant, first, words.size());
  if (!window) return tl::unexpected(window.error());
  return state_->backend->read(reinterpret_cast<const std::byte*>(*window),
                               std::as_writable_bytes(words));
}

Status Megakernel::write_window(std::uint32_t tenant, std::uint32_t first,
                                std::span<const std::uint32_t> words) {
  const auto window = state_->window(tenant, first, words.size());
  if (!window) return tl::unexpected(window.error());
  return state_->backend->write(reinterpret_cast<std::byte*>(*window), std::as_bytes(words));
}

Result<std::uint32_t> Megakernel::register_tenant(const TenantQuota& quota) {
  const bool limited = quota.slots != 0 || quota.fuel != 0;
  if (limited && state_->quota_period.count() != 0) {
    Status status = state_->periods.start(state_->quota_period, [tenants = state_->tenants.get()] {
      // Only a lost device fails, and fault() says so.
      static_cast<void>(tenants->begin_period());
    });
    if (!status) return tl::unexpected(std::move(status.error()));
  }
  return state_->tenants->add(quota);
}

Status Megakernel::authorise(std::uint32_t tenant) { return state_->tenants->authorise(tenant); }

Status Megakernel::hold(std::uint32_t tenant) { return state_->tenants->hold(tenant); }

Status Megakernel::revoke(std::uint32_t tenant) { return state_->tenants->revoke(tenant); }

Status Megakernel::begin_period() { return state_->tenants->begin_period(); }

Result<TenantMetrics> Megakernel::tenant_metrics(std::uint32_t tenant) const {
  return state_->tenants->metrics(tenant);
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
  // From the first counter to the last, in one copy.
  constexpr u32 kEnd = wire::control::kPriorityFairness + wire::kBands;
  std::array<u32, kEnd - wire::control::kMetrics> words{};
  const u32* first = state_->context.worker_control + wire::control::kMetrics;
  static_cast<void>(state_->backend->read(reinterpret_cast<const std::byte*>(first),
                                          std::as_writable_bytes(std::span(words))));
  const auto word = [&](u32 index) { return words[index - wire::control::kMetrics]; };
  Metrics metrics;
  std::copy_n(words.begin(), metrics.builtin.size(), metrics.builtin.begin());
  metrics.printf = word(wire::control::kMetricPrintf);
  metrics.packed_slots = word(wire::control::kMetricPackedSlots);
  metrics.programs = word(wire::control::kMetricPrograms);
  metrics.faults = word(wire::control::kMetricFaults);
  metrics.aged = word(wire::control::kStarvation);
  for (u32 band = 0; band < wire::kBands; ++band) {
    metrics.by_priority[band] = word(wire::control::kPriorityFairness + band);
  }
  return metrics;
}

std::uint32_t Megakernel::observable(std::uint32_t position) const noexcept {
  return state_->control(wire::control::kObservable + position % wire::control::kObservableCount);
}

std::vector<wire::DebugRecord> Megakernel::debug_log() const {
  const kernel::DebugLogView& log = state_->context.debug_log;
  std::vector<wire::DebugRecord> records(std::min(state_->word(log.cursor), log.capacity));
  const Status status = state_->backend->read(reinterpret_cast<const std::byte*>(log.records),
                                              std::as_writable_bytes(std::span(records)));
  if (!status) records.clear();
  return records;
}

std::uint32_t Megakernel::debug_log_dropped() const noexcept {
  const kernel::DebugLogView& log = state_->context.debug_log;
  const u32 cursor = state_->word(log.cursor);
  return cursor > log.capacity ? cursor - log.capacity : 0;
}

Result<std::uint32_t> Megakernel::register_format(std::string_view text) {
  return state_->formats.add(text);
}

std::vector<std::string> Megakernel::debug_lines() const {
  std::vector<std::string> lines;
  for (const wire::DebugRecord& record : debug_log()) {
    lines.push_back(state_->formats.line(record));
  }
  if (const u32 dropped = debug_log_dropped(); dropped != 0) {
    lines.push_back(fmt::format("{} more were dropped: the log holds {}", dropped,
                                state_->context.debug_log.capacity));
  }
  return lines;
}

const Backend& Megakernel::backend() const noexcept { return *state_->backend; }

std::optional<Error> Megakernel::fault() const { return state_->backend->fault(); }

}  // namespace vyre::backend
