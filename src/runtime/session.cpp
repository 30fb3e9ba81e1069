#include "vyre/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "backend/megakernel.hpp"
#include "base/check.hpp"
#include "memory/peer_memory.hpp"
#include "runtime/backend_choice.hpp"
#include "runtime/read_setup.hpp"
#include "runtime/replay/recording.hpp"
#include "runtime/ring_thread.hpp"
#include "runtime/session_loads.hpp"
#include "runtime/shared_feed.hpp"
#include "runtime/sizing.hpp"
#include "runtime/stream_plan.hpp"
#include "runtime/trace_file.hpp"

namespace vyre {
namespace {

// One process, one tenant: who runs several registers them with the megakernel itself.
constexpr std::uint32_t kTenant = 0;

constexpr std::chrono::hours kLongestDeadline(24);

Status check_deadline(std::chrono::nanoseconds deadline) {
  if (deadline.count() >= 0 && deadline <= kLongestDeadline) return {};
  return tl::unexpected(invalid_argument(fmt::format("a deadline of {} ns", deadline.count()),
                                         "use 0 for none, or up to 24 hours"));
}

}  // namespace

class Session::Impl {
 public:
  static Result<std::unique_ptr<Impl>> open(const SessionOptions& given);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<std::uint32_t> load(const VerifiedProgram& program);
  Status stream(FileFeed& feed, std::uint32_t opcode, const ConsumerFactory& make_consumer,
                const StreamOptions& options);
  Status write_window(std::uint32_t first, std::span<const std::uint32_t> words);
  [[nodiscard]] Result<std::vector<std::uint32_t>> read_window(std::uint32_t first,
                                                               std::uint32_t count) const;
  Status finish_recording() { return recording_ ? recording_->finish() : Status(); }
  [[nodiscard]] bool records() const noexcept { return recording_ && !recording_->finished(); }
  Result<std::uint32_t> register_resource(const std::string& path);
  void cancel() noexcept;
  [[nodiscard]] std::uint32_t rings() const noexcept { return sizing_.rings; }
  [[nodiscard]] const BackendDescription& backend() const noexcept { return backend_; }
  [[nodiscard]] std::optional<Error> compile_refusal() const {
    return megakernel_->compile_refusal();
  }
  [[nodiscard]] SessionStatistics statistics() const;
  [[nodiscard]] Status trace_status() const { return trace_ ? trace_->status() : Status(); }

 private:
  Impl(const runtime::Sizing& sizing, bool peer_slots, BackendDescription backend)
      : sizing_(sizing), peer_slots_(peer_slots), backend_(std::move(backend)) {}
  /// What a program that loads needs.
  Status prepare_loads(const VerifiedProgram& program);
  Status record_to(const RecordOptions& options);
  Status run_stream(FileFeed& feed, const ConsumerFactory& make_consumer,
                    const runtime::StreamPlan& plan, const runtime::ProgramTarget& target);
  Status record_end(const Status& done, std::uint32_t opcode);

  Status start_rings(const runtime::ReadSetup& setup, bool latency);

  runtime::Sizing sizing_;
  bool peer_slots_;
  BackendDescription backend_;
  std::atomic<bool> cancelled_{false};
  /// Null where no trace is written. The rings' recorders write to it.
  std::unique_ptr<runtime::TraceFile> trace_;
  /// Declared before the rings: their regions must go before the workers' memory does.
  std::unique_ptr<backend::Megakernel> megakernel_;
  /// Null where nothing is recorded. Before whatever tells it something.
  std::unique_ptr<runtime::replay::Recording> recording_;
  /// Before the rings, too: their regions may wait for reads into inboxes.
  std::unique_ptr<runtime::SessionLoads> loads_;
  std::vector<std::unique_ptr<runtime::RingThread>> rings_;
  /// By opcode.
  std::map<std::uint32_t, runtime::ProgramNeeds> programs_;
  /// The machine, or what programs have in their windows, is not what it was: no stream any more.
  std::optional<Error> lost_;
};

Result<std::unique_ptr<Session::Impl>> Session::Impl::open(const SessionOptions& given) {
  auto setup = runtime::read_setup(given);
  if (!setup) return tl::unexpected(setup.error());
  SessionOptions options = given;
  options.devices = setup->devices;
  auto limits = runtime::machine_limits();
  auto sizing = runtime::resolve_sizing(options, limits);
  if (!sizing) return tl::unexpected(std::move(sizing.error()));
  auto backend = runtime::choose_backend(options.backend, sizing->workers);
  if (!backend) return tl::unexpected(std::move(backend.error()));
  if (options.path == PathChoice::kPeer) {
    limits.slot_memory = std::numeric_limits<std::uint64_t>::max();
    if (backend->description.kind == BackendKind::kCpu) {
      // Once, so that all rings have the same device's.
      auto provider = memory::choose_peer_provider(options.peer_device);
      if (!provider) return tl::unexpected(std::move(provider.error()));
      limits.slot_memory = provider->available;
      setup->peer_device = std::move(provider->address);
    }
    sizing = runtime::resolve_sizing(options, limits);
  }
  sizing->workers = backend->machine->workers();
  std::unique_ptr<Impl> impl(
      new Impl(*sizing, options.path == PathChoice::kPeer, std::move(backend->description)));
  auto megakernel = backend::Megakernel::create(
      std::move(backend->machine), {.queues = sizing->rings,
                                    .queue_capacity = std::bit_ceil(sizing->slots_per_ring),
                                    .window_words = sizing->window_words,
                                    .keep_times = options.latency || !options.trace.empty(),
                                    .compile_at_load = options.compile_programs});
  if (!megakernel) return tl::unexpected(std::move(megakernel.error()));
  impl->megakernel_ = std::move(*megakernel);
  impl->loads_ = std::make_unique<runtime::SessionLoads>(*impl->megakernel_, impl->cancelled_);
  if (!options.trace.empty()) {
    auto trace = runtime::TraceFile::create(options.trace);
    if (!trace) return tl::unexpected(std::move(trace.error()));
    impl->trace_ = std::move(*trace);
  }
  if (auto status = impl->start_rings(*setup, options.latency); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  if (auto status = impl->record_to(options.record); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  if (auto status = impl->megakernel_->launch(); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return impl;
}

Status Session::Impl::record_to(const RecordOptions& options) {
  if (options.path.empty()) return {};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto recording = runtime::replay::Recording::create(
      options, {.backend_kind = static_cast<std::uint32_t>(backend_.kind),
                .backend_name = backend_.name,
                .backend_uuid = backend_.uuid,
                .rings = sizing_.rings,
                .slots_per_ring = sizing_.slots_per_ring,
                .slot_bytes = sizing_.slot_bytes,
                .window_words = sizing_.window_words,
                .unix_seconds = static_cast<std::uint64_t>(
                    std::chrono::duration_cast<std::chrono::seconds>(now).count())});
  if (!recording) return tl::unexpected(std::move(recording.error()));
  recording_ = std::move(*recording);
  return {};
}

Status Session::Impl::start_rings(const runtime::ReadSetup& setup, bool latency) {
  for (std::uint32_t number = 0; number < sizing_.rings; ++number) {
    std::unique_ptr<runtime::HopRecorder> hops;
    if (latency || trace_) {
      auto events = trace_ ? std::make_unique<runtime::TraceBuffer>(*trace_, number) : nullptr;
      hops = std::make_unique<runtime::HopRecorder>(std::move(events));
    }
    auto ring = runtime::RingThread::start(*megakernel_, number, sizing_, setup, std::move(hops));
    if (!ring) return tl::unexpected(std::move(ring.error()));
    rings_.push_back(std::move(*ring));
  }
  return {};
}

// No ring streams any more. The workers go first: what a device has mapped can be given back only
// when its kernel has ended.
Session::Impl::~Impl() {
  // Who must know of an error has called finish_recording().
  static_cast<void>(finish_recording());
  // Only a lost device fails here, and the error has been reported where it was met.
  if (megakernel_) static_cast<void>(megakernel_->quiesce());
}

Status Session::Impl::prepare_loads(const VerifiedProgram& program) {
  if (program.bounds().io_bytes == 0) return {};
  return loads_->start(recording_ ? &recording_->loads() : nullptr);
}

Result<std::uint32_t> Session::Impl::register_resource(const std::string& path) {
  auto handle = loads_->add(kTenant, path);
  if (!handle || !recording_) return handle;
  if (Status status = recording_->registered(kTenant, *handle, path); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return handle;
}

Result<std::uint32_t> Session::Impl::load(const VerifiedProgram& program) {
  const std::uint32_t needed = program.bounds().window_words;
  if (needed > sizing_.window_words) {
    return tl::unexpected(invalid_argument(
        fmt::format("the program's windows end at word {}, the session's state window at {}",
                    needed, sizing_.window_words),
        fmt::format("open the session with window_words of {} or more", needed)));
  }
  if (Status status = prepare_loads(program); !status) return tl::unexpected(status.error());
  auto opcode = megakernel_->load(program, kTenant);
  if (!opcode) return opcode;
  programs_.insert_or_assign(*opcode, runtime::needs_of(program));
  if (recording_) {
    if (auto status = recording_->loaded(kTenant, *opcode, program); !status) {
      return tl::unexpected(std::move(status.error()));
    }
  }
  return opcode;
}

Status Session::Impl::stream(FileFeed& feed, std::uint32_t opcode,
                             const ConsumerFactory& make_consumer, const StreamOptions& options) {
  const auto program = programs_.find(opcode);
  VYRE_CHECK(program != programs_.end());
  if (auto status = check_deadline(options.deadline); !status) return status;
  if (lost_) return tl::unexpected(*lost_);
  const auto plan =
      runtime::plan_stream(program->second, options.placement,
                           records() || peer_slots_ ? 0 : options.part_bytes, sizing_);
  if (!plan) return tl::unexpected(plan.error());
  const runtime::ProgramTarget target{.opcode = opcode,
                                      .tenant = kTenant,
                                      .order = program->second.order,
                                      .peer_slots = peer_slots_,
                                      .deadline = options.deadline,
                                      .repeatable = !program->second.writes_windows};
  if (!records()) return run_stream(feed, make_consumer, *plan, target);
  if (auto begun =
          recording_->begin_stream(kTenant, opcode, plan->room.records, plan->room.output_bytes);
      !begun) {
    return begun;
  }
  Status done = run_stream(feed, make_consumer, *plan, target);
  Status recorded = record_end(done, opcode);
  return done ? recorded : done;
}

Status Session::Impl::record_end(const Status& done, std::uint32_t opcode) {
  std::vector<std::uint32_t> words(recording_->window_words(opcode));
  // A lost device may never answer.
  const bool lost = megakernel_->fault().has_value();
  if (lost || !megakernel_->read_window(kTenant, 0, words)) words.clear();
  return recording_->end_stream(done, words);
}

Status Session::Impl::run_stream(FileFeed& feed, const ConsumerFactory& make_consumer,
                                 const runtime::StreamPlan& plan,
                                 const runtime::ProgramTarget& target) {
  const std::uint32_t rings = plan.one_ring ? 1 : sizing_.rings;
  if (plan.room.inbox_bytes != 0) loads_->begin_stream();
  std::vector<std::unique_ptr<ChunkConsumer>> consumers;
  for (std::uint32_t ring = 0; ring < rings; ++ring) consumers.push_back(make_consumer(ring));
  const bool join = std::all_of(consumers.begin(), consumers.end(),
                                [](const auto& consumer) { return consumer->joins_parts(); });
  runtime::SharedFeed shared(feed, 2 * std::uint64_t{sizing_.slot_bytes},
                             join ? plan.part_bytes : 0);
  for (std::uint32_t ring = 0; ring < rings; ++ring) {
    rings_[ring]->begin({.feed = &shared,
                         .target = target,
                         .placement = plan.placement,
                         .room = plan.room,
                         .cancelled = &cancelled_,
                         .recording = records() ? recording_.get() : nullptr},
                        std::move(consumers[ring]));
  }
  Status first;
  for (std::uint32_t ring = 0; ring < rings; ++ring) {
    Status status = rings_[ring]->finish();
    if (status) continue;
    // A ring that failed cancelled the others: its error says more than theirs.
    if (first || first.error().code == ErrorCode::kCancelled) first = std::move(status);
  }
  if (plan.room.inbox_bytes != 0) loads_->end_stream();
  cancelled_.store(false, std::memory_order_relaxed);
  if (!first && first.error().code == ErrorCode::kDeviceFault) lost_ = first.error();
  return first;
}

Status Session::Impl::write_window(std::uint32_t first, std::span<const std::uint32_t> words) {
  Status status = megakernel_->write_window(kTenant, first, words);
  if (status && recording_) status = recording_->wrote_window(kTenant, first, words);
  return status;
}

Result<std::vector<std::uint32_t>> Session::Impl::read_window(std::uint32_t first,
                                                              std::uint32_t count) const {
  std::vector<std::uint32_t> words(std::min(count, sizing_.window_words));
  if (count > words.size()) {
    return tl::unexpected(invalid_argument(
        fmt::format("{} words from word {} on, of {}", count, first, sizing_.window_words),
        "read words of the session's state window"));
  }
  if (auto status = megakernel_->read_window(kTenant, first, words); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return words;
}

void Session::Impl::cancel() noexcept {
  cancelled_.store(true, std::memory_order_relaxed);
  for (auto& ring : rings_) ring->wake();
  loads_->wake();
}

SessionStatistics Session::Impl::statistics() const {
  SessionStatistics sum;
  sum.rings = sizing_.rings;
  sum.workers = sizing_.workers;
  sum.slots_per_ring = sizing_.slots_per_ring;
  sum.slot_bytes = sizing_.slot_bytes;
  backend::WorkerLosses losses = megakernel_->backend().losses();
  sum.lost_workers = losses.count;
  sum.first_loss = std::move(losses.first);
  for (const auto& ring : rings_) VYRE_CHECK(ring->add_statistics(sum).has_value());
  loads_->add_statistics(sum);
  const backend::Metrics metrics = megakernel_->metrics();
  sum.opcodes = {.builtin = metrics.builtin,
                 .printf = metrics.printf,
                 .packed_slots = metrics.packed_slots,
                 .programs = metrics.programs,
                 .faults = metrics.faults};
  return sum;
}

Session::Session(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::open(const SessionOptions& options) {
  auto impl = Impl::open(options);
  if (!impl) return tl::unexpected(std::move(impl.error()));
  return Session(std::move(*impl));
}

Result<LoadedProgram> Session::load(const VerifiedProgram& program) {
  auto opcode = impl_->load(program);
  if (!opcode) return tl::unexpected(std::move(opcode.error()));
  return LoadedProgram(*opcode);
}

std::optional<Error> Session::compile_refusal() const { return impl_->compile_refusal(); }

Result<std::uint32_t> Session::register_resource(const std::string& path) {
  return impl_->register_resource(path);
}

Status Session::stream(FileFeed& feed, LoadedProgram program, const ConsumerFactory& make_consumer,
                       const StreamOptions& options) {
  return impl_->stream(feed, program.opcode_, make_consumer, options);
}

Status Session::write_window(std::uint32_t first, std::span<const std::uint32_t> words) {
  return impl_->write_window(first, words);
}

Result<std::vector<std::uint32_t>> Session::read_window(std::uint32_t first,
                                                        std::uint32_t count) const {
  return impl_->read_window(first, count);
}

Status Session::finish_recording() { return impl_->finish_recording(); }
void Session::cancel() noexcept { impl_->cancel(); }
std::uint32_t Session::rings() const noexcept { return impl_->rings(); }
const BackendDescription& Session::backend() const noexcept { return impl_->backend(); }
SessionStatistics Session::statistics() const { return impl_->statistics(); }
Status Session::trace_status() const { return impl_->trace_status(); }

}  // namespace vyre
