#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "vyre/chunk.hpp"
#include "vyre/error.hpp"
#include "vyre/io_policy.hpp"
#include "vyre/program.hpp"
#include "vyre/source.hpp"
#include "vyre/statistics.hpp"

namespace vyre {

struct SessionOptions {
  /// io_uring instances, each with a host thread of its own. 0: one per core, at most 16, fewer
  /// where the memlock limit demands it.
  std::uint32_t rings = 0;
  /// CPU worker threads of the megakernel. 0: one per core.
  std::uint32_t workers = 0;
  /// Slots per ring, 2..64. 0: 6, fewer where the memlock limit demands it.
  std::uint32_t slots_per_ring = 0;
  /// Bytes per slot: a multiple of 4096, 32 KiB..64 MiB.
  std::uint32_t slot_bytes = 512 * 1024;
  /// Records that one chunk may emit before it counts as overflowed; 1..2^20.
  std::uint32_t records_per_slot = 16384;
  IoPolicy io = IoPolicy::kAuto;
};

/// A program that a session has loaded. Valid for that session only.
class LoadedProgram {
 private:
  friend class Session;
  explicit LoadedProgram(std::uint32_t opcode) noexcept : opcode_(opcode) {}
  std::uint32_t opcode_;
};

/// Makes the consumer that ring `ring` drives; called once per ring, on the caller's thread, before
/// any file is read.
using ConsumerFactory = std::function<std::unique_ptr<ChunkConsumer>(std::uint32_t ring)>;

/// Rings, slots and the persistent workers, joined: files stream through a program, results come
/// back in order per file. Not thread-safe, but for cancel().
class Session {
 public:
  /// Maps and registers the slots, opens the rings, launches the workers. Unavailable where the
  /// machine refuses io_uring or the locked memory, with the fix.
  static Result<Session> open(const SessionOptions& options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  /// Cancels and reaps what is in flight before any memory is released.
  ~Session();

  Result<LoadedProgram> load(const VerifiedProgram& program);

  /// Streams every file of `feed` through `program` and returns when all are delivered. Failures
  /// of single files reach the consumers; the Status is for the session's own: Cancelled,
  /// Syscall, DeviceFault.
  Status stream(FileFeed& feed, LoadedProgram program, const ConsumerFactory& make_consumer);

  /// Ends a running stream() soon: in-flight reads are cancelled and reaped. Thread-safe and
  /// async-signal-safe.
  void cancel() noexcept;

  [[nodiscard]] std::uint32_t rings() const noexcept;
  /// Sums over all rings since open(). Call between streams.
  [[nodiscard]] SessionStatistics statistics() const;

 private:
  class Impl;
  explicit Session(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vyre
