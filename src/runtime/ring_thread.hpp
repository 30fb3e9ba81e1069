#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "backend/megakernel.hpp"
#include "memory/mapped_buffer.hpp"
#include "runtime/read_setup.hpp"
#include "runtime/ring_loop.hpp"
#include "runtime/sizing.hpp"
#include "uring/io_uring.hpp"

namespace vyre::runtime {

/// A host thread that owns one ring, its registered slots and their outcomes for as long as the
/// session lives, since a ring belongs to the thread that made it.
class RingThread {
 public:
  /// Returns once the ring is open and its slots are registered; the error says why they are not.
  /// `hops` is null where nobody wants to know about hops.
  static Result<std::unique_ptr<RingThread>> start(backend::Megakernel& megakernel,
                                                   std::uint32_t queue, const Sizing& sizing,
                                                   const ReadSetup& setup,
                                                   std::unique_ptr<HopRecorder> hops);
  /// Waits for a job under way, reaps what is in flight, then releases the memory.
  ~RingThread();
  RingThread(const RingThread&) = delete;
  RingThread& operator=(const RingThread&) = delete;

  /// Starts a job; finish() must be called before the next. The job's consumer becomes `consumer`,
  /// which ends on the ring's thread, and before finish() returns.
  void begin(StreamJob job, std::unique_ptr<ChunkConsumer> consumer);
  /// Waits for the job and returns its status.
  Status finish();
  /// Makes the loop look at its cancel flag. Thread-safe and async-signal-safe.
  void wake() noexcept;
  /// Adds this ring's counters; only between jobs.
  Status add_statistics(SessionStatistics& sum) const;

 private:
  RingThread(backend::Megakernel& megakernel, std::uint32_t queue, const Sizing& sizing,
             const ReadSetup& setup, std::unique_ptr<HopRecorder> hops);
  Status open();
  Status map_slots();
  Status open_ring();
  Status open_canary(uring::RingOptions options);
  void main(std::promise<Status> opened);
  Status run(const StreamJob& job);
  /// Makes the region's outcomes as large as asked, or keeps larger ones that serve as well, since
  /// new ones have to be pinned. Between jobs.
  Status make_room(const OutcomeRoom& room);

  backend::Megakernel& megakernel_;
  std::uint32_t number_;
  backend::WorkQueue& queue_;
  Sizing sizing_;
  ReadSetup setup_;
  /// Destroyed in reverse: the region waits for the workers, the ring for the kernel, and only then
  /// does the memory go.
  std::unique_ptr<memory::MappedBuffer> buffer_;
  /// The slots in `buffer_`, as this thread and as the workers reach them.
  std::span<std::byte> slots_;
  std::span<std::byte> worker_slots_;
  std::unique_ptr<uring::IoUring> ring_;
  /// Null but where the slots are peer memory.
  std::unique_ptr<Canary> canary_;
  backend::Region region_;
  /// Of the region; none while there is no region.
  std::optional<OutcomeRoom> room_;
  IngestTelemetry telemetry_;
  PathCertificate certificate_;
  RingStatistics statistics_;
  const std::unique_ptr<HopRecorder> hops_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<StreamJob> job_;
  std::unique_ptr<ChunkConsumer> consumer_;
  std::optional<Status> status_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace vyre::runtime
