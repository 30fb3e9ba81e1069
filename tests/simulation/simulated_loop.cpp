#include "tests/simulation/simulated_loop.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "tests/runtime/list_feed.hpp"
#include "tests/simulation/checked_observer.hpp"
#include "tests/simulation/violation.hpp"

namespace vyre::simulation {
namespace {

constexpr u32 kSpareOutcomes = 8;
// A wake-up is lost where nobody came within this long of what was to cause it.
constexpr Time kWakesWithin = 50 * kMillisecond;

/// Of the one simulation that runs.
const Scheduler* clock_scheduler = nullptr;
std::chrono::steady_clock::time_point virtual_now() {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(clock_scheduler->now()));
}

std::vector<FileSource> sources_of(const std::vector<SimulatedFile*>& files) {
  std::vector<FileSource> sources;
  for (const SimulatedFile* file : files)
    sources.push_back({.path = file->path, .size = file->hint});
  return sources;
}

}  // namespace

SimulatedLoop::SimulatedLoop(const LoopPlan& plan, u32 number, const SharedParts& parts)
    : plan_(plan),
      number_(number),
      parts_(parts),
      files_(parts.chance, parts.coverage),
      ring_(parts.scheduler, parts.chance, parts.coverage, files_, plan.ring),
      program_(make_program(plan.program)) {
  clock_scheduler = &parts.scheduler;
  ring_.watch = &parts.check;
  ring_.on_submit = [this] { parts_.backend.calm(); };
  ring_.on_timeout = [this](std::chrono::nanoseconds timeout) { on_timeout(timeout); };
  ring_.on_lost = [this] {
    cancel_at(parts_.scheduler.now() + parts_.chance.between(1, 400) * kMillisecond);
  };
  const auto opcode = parts.kernel.load(program_, number);
  VYRE_CHECK(opcode.has_value());
  opcode_ = *opcode;
  parts.programs.add(opcode_, plan.program);
  auto buffer = parts.kernel.map_buffer(std::size_t{plan.slots} * plan.slot_bytes);
  VYRE_CHECK(buffer.has_value());
  buffer_ = std::make_unique<memory::MappedBuffer>(std::move(*buffer));
}

void SimulatedLoop::run() {
  for (u32 job = 0; job < plan_.jobs; ++job) {
    if (job != 0) ++parts_.coverage.second_jobs;
    const Status status = run_job();
    if (!status && plan_.ring.fails_for_ever && ring_.failed()) break;
    if (ends_for_good(status)) break;
  }
  ring_.drain();
  region_ = {};
}

// A lost worker may have changed the window.
bool SimulatedLoop::ends_for_good(const Status& status) const {
  return !status && status.error().code == ErrorCode::kDeviceFault &&
         plan_.program == ProgramKind::kSerial;
}

void SimulatedLoop::prepare_room() {
  region_ = {};
  auto region =
      parts_.kernel.add_region(buffer_->bytes().first(std::size_t{plan_.slots} * plan_.slot_bytes),
                               plan_.slots + kSpareOutcomes, plan_.record_capacity);
  VYRE_CHECK(region.has_value());
  region_ = std::move(*region);
  const std::array<u32, 1> nothing{};
  VYRE_CHECK(parts_.kernel.write_window(number_, 0, nothing).has_value());
}

Status SimulatedLoop::run_job() {
  prepare_room();
  cancelled_ = false;
  job_ = ++jobs_;
  std::vector<SimulatedFile*> files = files_.make(plan_.files);
  plan_events(files);
  Status status = stream(std::move(files));
  const bool cancelled = cancelled_;
  job_ = 0;
  if (plan_.ring.fails_for_ever && ring_.failed()) {
    ring_.drain();
  } else {
    ring_.check_idle();
  }
  check_status(status, cancelled);
  if (!parts_.check.all_empty(number_)) violate("no-slot-lost", "the queue is not empty");
  return status;
}

Status SimulatedLoop::stream(std::vector<SimulatedFile*> files) {
  auto driver = ingest::IngestDriver::create(
      ring_, buffer_->bytes().first(std::size_t{plan_.slots} * plan_.slot_bytes),
      {.slots = plan_.slots,
       .max_extents = plan_.max_extents,
       .io_policy = plan_.io_policy,
       .placement = plan_.placement});
  if (!driver) violate("driver-created", driver.error().message());
  ring_.begin_job(&(*driver)->telemetry());
  test::ListFeed feed(sources_of(files));
  CheckedConsumer consumer({.program = plan_.program,
                            .separate = plan_.placement != ingest::Placement::kPacked,
                            .in_order = plan_.placement == ingest::Placement::kInOrder,
                            .direct = plan_.io_policy == IoPolicy::kDirect,
                            .record_capacity = plan_.record_capacity},
                           files_, ring_, parts_.check, parts_.coverage);
  CheckedObserver observer;
  runtime::RingStatistics statistics;
  std::atomic<bool> stopped{false};
  stop_ = &stopped;
  runtime::RingLoop loop(
      {**driver, parts_.kernel, parts_.kernel.queue(number_), region_, nullptr, &observer},
      {.feed = &feed,
       .consumer = &consumer,
       .target = {.opcode = opcode_,
                  .tenant = number_,
                  .order = program_.bounds().order,
                  .deadline = std::chrono::nanoseconds(plan_.deadline),
                  .repeatable = plan_.program != ProgramKind::kSerial,
                  .now = &virtual_now},
       .placement = plan_.placement,
       .room = {},
       .cancelled = &stopped},
      statistics);
  Status status = loop.run();
  stop_ = nullptr;
  observer.check_all_ended();
  check_end(status, **driver);
  if (status) consumer.check_all_ended(files);
  return status;
}

void SimulatedLoop::check_end(const Status& status, ingest::IngestDriver& driver) {
  const IngestTelemetry& telemetry = driver.telemetry();
  parts_.coverage.restaged_files += telemetry.files_restaged.value();
  if (!ring_.failed()) ring_.check_balance(status.has_value());
  ring_.end_job();
  if (status && telemetry.opens.value() != telemetry.closes.value()) {
    violate("counters-balance",
            fmt::format("{} opens, {} closes", telemetry.opens.value(), telemetry.closes.value()));
  }
}

void SimulatedLoop::check_status(const Status& status, bool cancelled) const {
  if (status) {
    if (ring_.failed()) violate("errors-are-told", "the ring failed, and the run did not");
    return;
  }
  if (status.error().code == ErrorCode::kCancelled && cancelled) {
    ++parts_.coverage.cancelled_runs;
    return;
  }
  if (status.error().code == ErrorCode::kSyscall && status.error().detail == ENXIO &&
      ring_.failed()) {
    return;
  }
  if (ends_for_good(status)) {
    if (parts_.check.lost_slots() != 0) return;
  }
  violate("errors-have-causes", "the run: " + status.error().message());
}

void SimulatedLoop::cancel_at(Time time) {
  parts_.scheduler.at(time, [this, job = job_] {
    if (job_ != job || stop_ == nullptr) return;
    cancelled_ = true;
    stop_->store(true);
    ring_.wake();
  });
}

void SimulatedLoop::resize_at(Time time, SimulatedFile& file) {
  const u32 most = 3 * plan_.slot_bytes;
  u64 size = parts_.chance.below(most);
  if (parts_.chance.percent(50)) size = file.size + parts_.chance.below(plan_.slot_bytes);
  if (plan_.files.huge_bytes != 0) size = parts_.chance.below(most);
  parts_.scheduler.at(time, [this, job = job_, size, &file] {
    if (job_ == job) files_.resize(file, size);
  });
}

void SimulatedLoop::plan_events(const std::vector<SimulatedFile*>& files) {
  const Time now = parts_.scheduler.now();
  Chance& chance = parts_.chance;
  if (plan_.cancelled_after != 0) cancel_at(now + plan_.cancelled_after);
  for (u32 i = 0; i < plan_.resizes; ++i) {
    resize_at(now + chance.between(1, 3000) * kMicrosecond, *chance.one_of(files));
  }
  if (plan_.files.huge_bytes == 0) return;
  // Such a file is there to be opened past the page cache; reading all of it would take long.
  for (SimulatedFile* const file : files) {
    if (file->size == plan_.files.huge_bytes) {
      resize_at(now + chance.between(20, 400) * kMicrosecond, *file);
    }
  }
}

void SimulatedLoop::on_timeout(std::chrono::nanoseconds timeout) const {
  if (parts_.kernel.backend().poll_interval().count() != 0) return;
  if (static_cast<Time>(timeout.count()) < kWakesWithin) return;
  // With reads in flight, and unparked, it may wait for these alone.
  const bool for_workers = ring_.idle() || parts_.check.parked(number_);
  if (for_workers && parts_.check.finished_unseen(number_, kWakesWithin)) {
    violate("no-wake-up-lost", "the loop sleeps on, though a slot that it waits for is finished");
  }
}

}  // namespace vyre::simulation
