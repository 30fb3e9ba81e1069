#include "runtime/ring_thread.hpp"

#include <sys/prctl.h>

#include <optional>
#include <utility>

#include "runtime/replay/ring_recorder.hpp"

namespace vyre::runtime {
namespace {

/// For slots whose worker was lost. Memory that nothing writes to is not taken.
constexpr u32 kSpareOutcomes = 16;

uring::Profile uring_profile(RingProfile profile) {
  switch (profile) {
    case RingProfile::kDefault:
      return uring::Profile::kDefault;
    case RingProfile::kSqPoll:
      return uring::Profile::kSqPoll;
    case RingProfile::kIoPoll:
      return uring::Profile::kIoPoll;
  }
  return uring::Profile::kDefault;
}

}  // namespace

Result<std::unique_ptr<RingThread>> RingThread::start(backend::Megakernel& megakernel,
                                                      std::uint32_t queue, const Sizing& sizing,
                                                      const ReadSetup& setup,
                                                      std::unique_ptr<HopRecorder> hops) {
  std::unique_ptr<RingThread> ring(
      new RingThread(megakernel, queue, sizing, setup, std::move(hops)));
  std::promise<Status> opened;
  std::future<Status> result = opened.get_future();
  ring->thread_ = std::thread(&RingThread::main, ring.get(), std::move(opened));
  if (Status status = result.get(); !status) return tl::unexpected(std::move(status.error()));
  return ring;
}

RingThread::RingThread(backend::Megakernel& megakernel, std::uint32_t queue, const Sizing& sizing,
                       const ReadSetup& setup, std::unique_ptr<HopRecorder> hops)
    : megakernel_(megakernel),
      number_(queue),
      queue_(megakernel.queue(queue)),
      sizing_(sizing),
      setup_(setup),
      hops_(std::move(hops)) {}

RingThread::~RingThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status RingThread::open() {
  // The kernel may else sleep 50 us longer than a ring that looks after its workers asks for.
  if (megakernel_.backend().poll_interval().count() != 0) ::prctl(PR_SET_TIMERSLACK, 1UL);
  if (auto status = map_slots(); !status) return status;
  if (auto status = open_ring(); !status) return status;
  if (auto status = make_room({.records = sizing_.records_per_slot}); !status) return status;
  return queue_.wake_through(ring_->wake_descriptor());
}

Status RingThread::map_slots() {
  const std::size_t bytes = std::size_t{sizing_.slots_per_ring} * sizing_.slot_bytes;
  if (setup_.path == PathChoice::kPeer) {
    auto peer = megakernel_.map_peer_buffer(bytes + kCanaryBytes, setup_.peer_device);
    if (!peer) return tl::unexpected(std::move(peer.error()));
    buffer_ = std::make_unique<memory::MappedBuffer>(std::move(peer->host));
    worker_slots_ = peer->workers.first(bytes);
  } else {
    auto buffer = megakernel_.map_buffer(bytes);
    if (!buffer) return tl::unexpected(std::move(buffer.error()));
    buffer_ = std::make_unique<memory::MappedBuffer>(std::move(*buffer));
    worker_slots_ = buffer_->bytes().first(bytes);
  }
  slots_ = buffer_->bytes().first(bytes);
  return {};
}

Status RingThread::open_ring() {
  uring::RingOptions options{.profile = uring_profile(setup_.profile),
                             .wide_entries = setup_.devices};
  auto ring = uring::IoUring::create(options);
  // Where the kernel has no wide entries, what else can be read is read; a source that cannot be
  // is told so, or its certificate is.
  if (!ring && options.wide_entries && setup_.path != PathChoice::kPassthrough) {
    options.wide_entries = false;
    ring = uring::IoUring::create(options);
  }
  if (!ring) return tl::unexpected(std::move(ring.error()));
  ring_ = std::move(*ring);
  if (setup_.path == PathChoice::kPeer) return open_canary(options);
  auto whole = buffer_->region(0, slots_.size());
  if (!whole) return tl::unexpected(std::move(whole.error()));
  return ring_->register_buffer(std::move(*whole));
}

Status RingThread::open_canary(uring::RingOptions options) {
  options.entries = 2;
  options.file_slots = 0;
  auto ring = uring::IoUring::create(options);
  if (!ring) return tl::unexpected(std::move(ring.error()));
  auto canary = Canary::create(buffer_->bytes().subspan(slots_.size()), std::move(*ring),
                               {.path = setup_.path,
                                .io_policy = setup_.io,
                                .registered_target = false,
                                .commands = ring_->takes_commands(),
                                .polls = ring_->polls()});
  if (!canary) return tl::unexpected(std::move(canary.error()));
  canary_ = std::move(*canary);
  return {};
}

Status RingThread::make_room(const OutcomeRoom& room) {
  if (room_ && room_->serves(room)) return {};
  region_ = {};
  room_.reset();
  const u32 spare = megakernel_.backend().replaces_workers() ? kSpareOutcomes : 0;
  auto region = megakernel_.add_region(worker_slots_, sizing_.slots_per_ring + spare, room.records,
                                       room.output_bytes, room.inbox_bytes);
  if (!region) return tl::unexpected(std::move(region.error()));
  region_ = std::move(*region);
  room_ = room;
  return {};
}

void RingThread::main(std::promise<Status> opened) {
  Status status = open();
  const bool usable = status.has_value();
  opened.set_value(std::move(status));
  std::unique_lock lock(mutex_);
  while (usable) {
    changed_.wait(lock, [this] { return stop_ || job_.has_value(); });
    if (!job_) break;
    const StreamJob job = *job_;
    lock.unlock();
    Status result = run(job);
    // At once, not when all rings are done: another ring may wait for what this consumer holds.
    consumer_.reset();
    lock.lock();
    job_.reset();
    status_ = std::move(result);
    changed_.notify_all();
  }
  lock.unlock();
  region_ = {};
  canary_.reset();
  ring_.reset();
  buffer_.reset();
}

Status RingThread::run(const StreamJob& job) {
  if (auto status = make_room(job.room); !status) return status;
  auto driver = ingest::IngestDriver::create(*ring_, slots_,
                                             {.slots = sizing_.slots_per_ring,
                                              .io_policy = setup_.io,
                                              .placement = job.placement,
                                              .path = setup_.path,
                                              .registered_target = setup_.path != PathChoice::kPeer,
                                              .keep_times = hops_ != nullptr});
  if (!driver) return tl::unexpected(std::move(driver.error()));
  std::optional<replay::RingRecorder> recorder;
  if (job.recording != nullptr) recorder.emplace(*job.recording, number_, region_);
  RingLoop loop({**driver, megakernel_, queue_, region_, canary_.get(),
                 recorder ? &*recorder : nullptr, hops_.get()},
                job, statistics_);
  Status status = loop.run();
  if (hops_ != nullptr) hops_->flush();
  // What a lost worker may write to goes with its region.
  if (loop.retired_outcomes()) room_.reset();
  if (recorder) {
    if (Status flushed = recorder->finish(); !flushed && status) status = std::move(flushed);
  }
  if (auto merged = telemetry_.merge((*driver)->telemetry()); !merged && status) return merged;
  if (auto merged = certificate_.merge((*driver)->certificate()); !merged && status) return merged;
  return status;
}

void RingThread::begin(StreamJob job, std::unique_ptr<ChunkConsumer> consumer) {
  {
    const std::lock_guard lock(mutex_);
    consumer_ = std::move(consumer);
    job.consumer = consumer_.get();
    job_ = job;
    status_.reset();
  }
  changed_.notify_all();
}

Status RingThread::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return status_.has_value(); });
  return *std::exchange(status_, std::nullopt);
}

void RingThread::wake() noexcept { ring_->wake(); }

Status RingThread::add_statistics(SessionStatistics& sum) const {
  statistics_.add_to(sum);
  if (hops_ != nullptr) {
    for (std::size_t hop = 0; hop < kHops; ++hop) {
      sum.latency[hop].merge(hops_->latencies()[hop]);
    }
  }
  sum.huge_page_bytes += buffer_->huge_page_bytes();
  if (auto merged = sum.ingest.merge(telemetry_); !merged) return merged;
  return sum.certificate.merge(certificate_);
}

}  // namespace vyre::runtime
