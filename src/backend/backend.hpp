#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/program_compiler.hpp"
#include "kernel/context.hpp"
#include "memory/mapped_buffer.hpp"
#include "vyre/backend.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// Memory that a backend gave: page-aligned, zeroed. Move-only; released on destruction, so destroy
/// it only when no worker can touch it any more. `Reach` says who may use the address.
template <class Reach>
class BackendMemory {
 public:
  using Release = std::function<void(std::span<std::byte>)>;

  BackendMemory() noexcept = default;
  BackendMemory(std::span<std::byte> bytes, Release release) noexcept
      : bytes_(bytes), release_(std::move(release)) {}
  BackendMemory(BackendMemory&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), release_(std::exchange(other.release_, {})) {}
  BackendMemory& operator=(BackendMemory&& other) noexcept {
    BackendMemory moved(std::move(other));
    std::swap(bytes_, moved.bytes_);
    std::swap(release_, moved.release_);
    return *this;
  }
  ~BackendMemory() {
    if (release_) release_(bytes_);
  }

  /// The host's view of shared memory; of workers' memory an address range, not to be dereferenced.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<std::byte> bytes_;
  Release release_;
};

/// Host and workers reach it, at the same address. Only aligned loads and stores are atomic between
/// them, so each word has one writer at a time.
using SharedMemory = BackendMemory<struct HostAndWorkers>;
/// The workers' own: they may read-modify-write it, and the host reaches it through Backend::read
/// and Backend::write alone.
using WorkerMemory = BackendMemory<struct WorkersAlone>;

/// Peer memory as its two sides reach it.
struct PeerBuffer {
  /// What the kernel reads files into, and the host looks at; kind kPeerMapped.
  memory::MappedBuffer host;
  /// The same bytes where the workers read them. Valid as long as `host`.
  std::span<std::byte> workers;
};

struct WorkerLosses {
  u32 count = 0;
  /// What happened first; empty where nothing has.
  std::string first = {};
};

/// The machine that runs the kernel: the narrow seam between Megakernel and a CPU or a GPU.
/// Thread-safe where it says so; else driven by the Megakernel alone. Memory that it gave may
/// outlive it.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual const BackendDescription& description() const noexcept = 0;

  /// Errors: InvalidArgument for 0 bytes, Syscall or Unavailable where memory is short.
  /// Thread-safe, while the workers run too.
  virtual Result<SharedMemory> allocate_shared(std::size_t bytes) = 0;
  virtual Result<WorkerMemory> allocate_for_workers(std::size_t bytes) = 0;
  /// A buffer that the kernel may read files into and the workers read in place: 1 byte or more,
  /// huge pages from 2 MiB on. The same errors; thread-safe.
  virtual Result<memory::MappedBuffer> map_buffer(std::size_t bytes) = 0;
  /// The same in peer memory, of unspecified content: the device's own, or, where the workers are
  /// the host's threads, that of the PCI device `provider` (empty: of the one with the most room).
  /// Unavailable, with the reason, where there is none that can be mapped; InvalidArgument for a
  /// provider where the device's own memory is all there is.
  virtual Result<PeerBuffer> map_peer_buffer(std::size_t bytes, const std::string& provider) = 0;

  /// Copies to workers' memory; both ends are multiples of 4 bytes. When it returns, workers that
  /// look later see it. Errors: DeviceFault. Thread-safe, while the workers run too.
  virtual Status write(std::byte* target, std::span<const std::byte> bytes) = 0;
  /// Copies from workers' memory; the same. Reads what is there after every write() that returned
  /// before; aligned words are not torn.
  virtual Status read(const std::byte* source, std::span<std::byte> bytes) const = 0;

  /// True where tiles of one chunk run on several workers at once, which needs room in workers'
  /// memory to put records together in.
  [[nodiscard]] virtual bool splits_chunks() const noexcept = 0;
  /// True where the address lies in the workers' own memory, so that they need no copy of it.
  [[nodiscard]] virtual bool is_near_workers(const std::byte* data) const noexcept = 0;

  /// Prepares a verified automaton table for this machine; the result is handed to the workers as
  /// TableView::plan and owned by the backend until it is destroyed. Null: none needed.
  virtual Result<const void*> prepare(std::span<const std::byte> automaton_table) = 0;

  /// Who makes programs the machine's own code; null where they are interpreted. The backend's.
  [[nodiscard]] virtual ProgramCompiler* compiler() noexcept { return nullptr; }

  /// Starts the workers; what `context` points at outlives them. Errors: Syscall, DeviceFault.
  virtual Status start(const kernel::Context& context) = 0;
  /// Waits until every worker has exited, after `context.host_control` told them to. Idempotent.
  /// Errors: DeviceFault where they never will; memory that they may touch is then never released.
  virtual Status join() = 0;
  /// Work may have come: wakes an idle worker. Thread-safe, wait-free where none sleeps.
  virtual void ring_doorbell() noexcept = 0;
  /// The same, for every worker (a stop, a change of masks).
  virtual void ring_all() noexcept = 0;
  /// Returns when slots that are published from now on are claimed by the control words that the
  /// host has written; at once where workers read them for each slot, or none runs. Thread-safe.
  virtual void settle_control() noexcept {}
  /// The number of workers that `start` runs.
  [[nodiscard]] virtual unsigned workers() const noexcept = 0;
  /// Zero where workers write the eventfd of a parked producer (WorkQueue::park); else nobody does,
  /// and a producer that waits for workers looks again after this long, or longer where it knows
  /// them to be slow.
  [[nodiscard]] virtual std::chrono::nanoseconds poll_interval() const noexcept = 0;
  /// What is to be added to the workers' nanoseconds (OutcomeHeader::begun) to get the host's
  /// steady clock; see each backend for its error. Thread-safe; no system call.
  [[nodiscard]] virtual std::int64_t clock_offset() const noexcept = 0;
  /// What broke the machine, sticky; none while it is well. Thread-safe; no system
  /// call. A machine without a watchdog of its own looks at its workers when it is asked: who waits
  /// for them asks now and then.
  [[nodiscard]] virtual std::optional<Error> fault() const = 0;
  /// Workers that hung or ended and were replaced. Thread-safe.
  [[nodiscard]] virtual WorkerLosses losses() const = 0;
  /// True where a worker that is lost is replaced, and its slot ends in FAULT kWorkerLost. Such a
  /// worker may go on some day, and then writes to the slot's outcome: that must not be used again.
  [[nodiscard]] virtual bool replaces_workers() const noexcept = 0;
};

}  // namespace vyre::backend
