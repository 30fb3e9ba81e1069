#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "backend/io_queue.hpp"
#include "backend/region.hpp"
#include "backend/tenant_table.hpp"
#include "backend/work_queue.hpp"
#include "vyre/error.hpp"
#include "vyre/program.hpp"
#include "wire/builtin.hpp"

namespace vyre::backend {

struct MegakernelOptions {
  /// One per producer thread; 1..kernel::kMaxQueues.
  std::uint32_t queues = 1;
  /// Slots of each queue at each priority; a power of two, 2..4096.
  std::uint32_t queue_capacity = 16;
  /// Each tenant's state window, in u32 words; 1..2^20.
  std::uint32_t window_words = 1024;
  /// Records that the debug log keeps; 0..2^20.
  std::uint32_t debug_records = 256;
  /// Tenants 0 to this - 1 are there from the start, authorised and without quota: 0..kMaxTenants.
  std::uint32_t tenants = 1;
  /// How often tenants get their quotas anew; 0: when begin_period() is called.
  std::chrono::nanoseconds quota_period = std::chrono::milliseconds(10);
  /// Outcomes say when their runs began and ended (OutcomeHeader). Cost: two looks at the machine's
  /// clock and two stores a chunk.
  bool keep_times = true;
  /// load() ends with compile(); where that is refused, programs are interpreted from then on, and
  /// compile_refusal() says why.
  bool compile_at_load = false;
};

/// Counters since creation; monotone modulo 2^32.
struct Metrics {
  /// By built-in opcode 0..7.
  std::array<std::uint32_t, 8> builtin{};
  std::uint32_t printf = 0;
  std::uint32_t packed_slots = 0;
  std::uint32_t programs = 0;
  std::uint32_t faults = 0;
  /// Slots claimed, by priority; and those of them that went before more urgent ones, since their
  /// priority had waited long.
  std::array<std::uint32_t, wire::kBands> by_priority{};
  std::uint32_t aged = 0;
};

/// The persistent kernel: workers that live from launch to quiesce or shutdown and execute what the
/// queues publish. Owns the control block, the queues, the tenants' windows and the debug log.
/// Thread-safety: each queue has one producer thread; everything else here may be called from any
/// thread. Destroying it quiesces it first; a Region that outlives it stays valid.
class Megakernel {
 public:
  /// Errors: InvalidArgument for options out of range; what the backend's allocate says.
  static Result<std::unique_ptr<Megakernel>> create(std::unique_ptr<Backend> backend,
                                                    const MegakernelOptions& options);
  ~Megakernel();
  Megakernel(const Megakernel&) = delete;
  Megakernel& operator=(const Megakernel&) = delete;

  /// Starts the workers; again after quiesce or shutdown, with rings, windows and programs intact.
  /// A no-op while they run. Errors: what broke the machine before; those of Backend::start.
  Status launch();
  /// Workers finish what they have claimed and exit; what is published stays in the rings and runs
  /// after the next launch. Returns when they are gone.
  Status quiesce();
  /// Workers execute everything that is published and may run, then exit. Returns when they are
  /// gone. Slots of tenants that are held, or out of quota, stay.
  Status shutdown();
  [[nodiscard]] bool running() const noexcept;

  /// Makes a program runnable by `tenant`, while the kernel runs too; returns its user opcode.
  /// Errors: InvalidArgument (tenant; a program that declares more window words than
  /// MegakernelOptions::window_words), Unavailable (64 programs per tenant), memory, DeviceFault.
  Result<std::uint32_t> load(const VerifiedProgram& program, std::uint32_t tenant);
  /// Makes programs that are loaded and would gain the machine's own code, where it has a compiler:
  /// until then, and elsewhere, they are interpreted, to the same results. Compiles beside the
  /// running kernel, then stops it as quiesce() does, and starts it again. A no-op where nothing is
  /// new. Errors: Unavailable where the driver cannot, and programs stay interpreted; DeviceFault.
  Status compile();
  /// Why the last attempt to compile failed; none where it did not.
  [[nodiscard]] std::optional<Error> compile_refusal() const;
  /// A buffer for the files' bytes that programs read; see Backend::map_buffer. It must go after
  /// the Regions on it, and its pages may be kept until the workers stop.
  Result<memory::MappedBuffer> map_buffer(std::size_t bytes);
  /// The same in peer memory; see Backend::map_peer_buffer.
  Result<PeerBuffer> map_peer_buffer(std::size_t bytes, const std::string& provider);
  /// Makes `data`, of a buffer by map_buffer() or of workers' memory (PeerBuffer::workers),
  /// readable by programs, with `outcomes` outcomes of `records` records, `output_bytes` bytes of
  /// program output and, for programs that load and LOAD_MISS, an inbox of `inbox_bytes` each,
  /// while the kernel runs too. `data` must outlive the returned Region.
  Result<Region> add_region(std::span<const std::byte> data, std::uint32_t outcomes,
                            std::uint32_t records, std::uint64_t output_bytes = 0,
                            std::uint32_t inbox_bytes = 0);
  /// By which programs ask for bytes of resources.
  [[nodiscard]] IoQueue& io_queue() noexcept;
  /// For who serves it: the first `bytes` of the inbox that a request names. The region's removal
  /// waits for unpin_inbox(). Nothing where there is no such inbox any more.
  [[nodiscard]] std::optional<std::span<std::byte>> pin_inbox(std::uint32_t region,
                                                              std::uint32_t outcome,
                                                              std::uint32_t bytes);
  void unpin_inbox(std::uint32_t region) noexcept;

  /// Copies words [first, first + words.size()) out of, or into, the tenant's state window; 0 at
  /// the start. Only while no slot of the tenant is published and unfinished. Errors:
  /// InvalidArgument for an unknown tenant or words outside the window.
  Status read_window(std::uint32_t tenant, std::uint32_t first,
                     std::span<std::uint32_t> words) const;
  Status write_window(std::uint32_t tenant, std::uint32_t first,
                      std::span<const std::uint32_t> words);

  /// A new tenant and its number, which names its opcodes, window, quota and epoch. It is held
  /// until it is authorised. Errors: see TenantTable::add.
  Result<std::uint32_t> register_tenant(const TenantQuota& quota = {});
  /// Lets the tenant run; holds its unclaimed slots back. Errors: InvalidArgument for one that is
  /// not registered.
  Status authorise(std::uint32_t tenant);
  Status hold(std::uint32_t tenant);
  /// The tenant is no more: slots that are claimed already end as they would, others in FAULT
  /// kUnknownTenant; its programs are unloaded. The number is another's when all of them are over,
  /// so its producers must have stopped.
  Status revoke(std::uint32_t tenant);
  /// Begins a period of quotas, where no timer does.
  Status begin_period();
  [[nodiscard]] Result<TenantMetrics> tenant_metrics(std::uint32_t tenant) const;

  [[nodiscard]] WorkQueue& queue(std::uint32_t index);
  [[nodiscard]] std::uint32_t queue_count() const noexcept;
  // Counters cost a copy from workers' memory, some microseconds on a device; 0 where it is lost. A
  // slot's status may be seen a moment before done_count and metrics have it; not so the epoch, and
  // after quiesce() all are exact.

  /// Bumped by each BATCH_FENCE that completed.
  [[nodiscard]] std::uint32_t epoch() const noexcept;
  /// Slots that ended DONE or FAULT.
  [[nodiscard]] std::uint32_t done_count() const noexcept;
  [[nodiscard]] Metrics metrics() const noexcept;
  /// Observable result word of a ring position (see wire/control.hpp).
  [[nodiscard]] std::uint32_t observable(std::uint32_t position) const noexcept;
  /// What PRINTF slots wrote, oldest first; beyond the log's capacity only counted. Call it while
  /// no PRINTF slot is unfinished.
  [[nodiscard]] std::vector<wire::DebugRecord> debug_log() const;
  [[nodiscard]] std::uint32_t debug_log_dropped() const noexcept;
  /// Gives `text` the id that it returns, for the first argument of PRINTF: see DebugFormats.
  Result<std::uint32_t> register_format(std::string_view text);
  /// debug_log() in words, a line for each record; where records were dropped, a last line says how
  /// many. As debug_log().
  [[nodiscard]] std::vector<std::string> debug_lines() const;
  [[nodiscard]] const Backend& backend() const noexcept;
  /// What broke the workers, sticky; none while they are well.
  [[nodiscard]] std::optional<Error> fault() const;

 private:
  struct State;
  explicit Megakernel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vyre::backend
