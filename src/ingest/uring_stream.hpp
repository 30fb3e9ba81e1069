#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "ingest/read_request.hpp"
#include "uring/ring.hpp"
#include "vyre/error.hpp"
#include "vyre/telemetry.hpp"

namespace vyre::ingest {

/// What one poll found.
struct PollSummary {
  u32 completed = 0;
  u32 failed = 0;
  /// The first read that failed; the others are in the completions all the same.
  std::optional<ReadCompletion> first_failure;
};

/// Reads into one target memory through a ring, and nothing else through that ring: the stream
/// reaps all its completions. Short reads are resumed, transient failures (EINTR, EAGAIN, a
/// device's own) retried a few times. No allocation per read, except for vectored ones. Not
/// thread-safe.
class UringStream {
 public:
  /// `target` is the ring's registered buffer where fixed-buffer reads are used; it and `ring`
  /// outlive the stream. `tail`, where not null, is a 32-bit count of successful reads that poll()
  /// advances once, with release order. `telemetry` and `certificate` outlive the stream.
  UringStream(uring::Ring& ring, std::span<std::byte> target, IngestTelemetry& telemetry,
              PathCertificate& certificate, u32* tail = nullptr);
  UringStream(const UringStream&) = delete;
  UringStream& operator=(const UringStream&) = delete;

  /// Reads that can be queued before some must complete.
  [[nodiscard]] u32 room() const noexcept;
  /// Reads that have been queued and have not been handed out by poll().
  [[nodiscard]] u32 inflight() const noexcept;

  /// Queues a read, or keeps it until the ring has space. QueueFull where room() is 0,
  /// InvalidArgument where the range does not lie in the target, or a command's is not of whole
  /// blocks of the namespace, within the most that one command may bring. May submit to make place
  /// in the ring.
  Status read(const ReadRequest& request);
  /// Queues a read that scatters over `targets` in order. `request.target` and `fixed_buffer` are
  /// not used.
  Status read_vectored(const ReadRequest& request, std::span<const TargetRange> targets);
  /// Queues an open of `path` (read-only, never waiting for a writer or a terminal) into entry
  /// `request.file` of the file table, linked to the read. `path` stays valid until the read
  /// completes. A read that waits for long, of what is no regular file, ends with EAGAIN.
  Status open_and_read(const char* path, const ReadRequest& request);
  /// Queues the closing of a file-table entry none of whose reads is in flight.
  Status close(uring::FileIndex index);

  /// Submits what is queued.
  Status flush();
  /// Takes every completion there is, appends those of finished reads to `completions`, queues
  /// resumptions. An error is the ring's own; a read's error is in its completion.
  Result<PollSummary> poll(std::vector<ReadCompletion>& completions);
  /// Submits, then sleeps until something can be polled, ring().wake() is called or `timeout`.
  Status wait(std::chrono::nanoseconds timeout);
  /// Cancels all reads in flight and waits for them; their completions come with the next poll().
  Status cancel();

  [[nodiscard]] uring::Ring& ring() noexcept { return ring_; }

 private:
  /// A read that was queued and is not over.
  struct InFlight {
    ReadRequest request;
    /// Where the bytes go, for a vectored read; empty for the others.
    std::vector<TargetRange> targets;
    /// What is handed to the kernel of `targets`.
    std::vector<iovec> vectors;
    u32 length = 0;
    /// Bytes read so far.
    u32 done = 0;
    /// Where the submission in flight began, from the read's start; at most `done`.
    u32 from = 0;
    /// Bytes that the submission in flight asks for.
    u32 asked = 0;
    u32 generation = 0;
    u8 retries = 0;
    /// For a read that waits for an open: what is opened.
    const char* path = nullptr;
    /// The submission in flight does not wait for the disk.
    bool no_wait = false;
    /// `path` was looked at, since the read took long.
    bool looked_at = false;
    /// `path` is no regular file; the read is being cancelled.
    bool hopeless = false;
  };

  Status check(const TargetRange& range) const;
  /// The command that a request for a namespace stands for.
  [[nodiscard]] Result<nvme::ReadCommand> command_of(const ReadRequest& request) const;
  uring::Submission command_submission_of(u32 index);
  Status reserve(u32 submissions);
  u32 take_entry(const ReadRequest& request, u32 length);
  uring::Submission submission_of(u32 index);
  /// Queues what is left of a read, now or once the ring has space again.
  Status queue_rest(u32 index);
  Status queue_closes();
  Status queue_deferred();
  Status cancel_hopeless();
  struct Ending {
    int error = 0;
    nvme::DeviceStatus device_status = {};
    bool open_failed = false;
    bool end_of_file = false;
  };
  void finish(u32 index, const Ending& ending);
  Status handle(const uring::Completion& completion);
  Status handle_read(u32 index, int result);
  Status handle_command(u32 index, const uring::Completion& completion);
  /// Handles all completions there are; what ended is in `finished_`.
  Status reap();

  uring::Ring& ring_;
  std::span<std::byte> target_;
  IngestTelemetry& telemetry_;
  PathCertificate& certificate_;
  u32* tail_;
  /// The command that is being queued: the ring copies it.
  nvme::ReadCommand command_{};
  std::vector<InFlight> entries_;
  std::vector<u32> free_entries_;
  /// Reads to be begun or resumed for which the ring had no space.
  std::vector<u32> deferred_;
  /// Entries of the file table to be closed, likewise.
  std::vector<uring::FileIndex> unclosed_;
  /// Ended, and not yet handed out.
  std::vector<ReadCompletion> finished_;
  std::vector<uring::Completion> reaped_;
  bool cancelling_ = false;
  /// Opened files that are still read without asking first for what needs no waiting, since a file
  /// system said that it cannot do that.
  u32 skip_no_wait_ = 0;
  /// Reads in flight that wait for an open.
  u32 opened_ = 0;
  std::chrono::steady_clock::time_point last_progress_;
};

}  // namespace vyre::ingest
