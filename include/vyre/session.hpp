#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vyre/backend.hpp"
#include "vyre/chunk.hpp"
#include "vyre/error.hpp"
#include "vyre/io_policy.hpp"
#include "vyre/program.hpp"
#include "vyre/read_path.hpp"
#include "vyre/ring_profile.hpp"
#include "vyre/source.hpp"
#include "vyre/statistics.hpp"

namespace vyre {

/// A log of every slot that goes to the workers and of what its run left, from which
/// vyre/replay.hpp runs them again.
struct RecordOptions {
  /// The file, made anew; empty: no log. The session's streams fail where it cannot be written.
  std::string path = {};
  /// The log holds the slots' bytes, too, and what programs load from resources, so that it needs
  /// none of the files that were read: it becomes as large as they are.
  bool inputs = false;
};

struct SessionOptions {
  /// What programs run on. Where it names kCuda, or a device, that is what is used or open() fails.
  BackendChoice backend = {};
  /// io_uring instances, each with a host thread of its own. 0: one per core, at most 16, fewer
  /// where the memlock limit demands it.
  std::uint32_t rings = 0;
  /// Where `rings` is 0: more than these would have nothing to do, as one device is one ring's, and
  /// so is a file, unless it comes in parts (StreamOptions::part_bytes). 0: not known.
  std::uint32_t most_rings = 0;
  /// CPU worker threads of the megakernel. 0: one per core. Not for kCuda.
  std::uint32_t workers = 0;
  /// Slots per ring, 2..64. 0: as many as make `ring_bytes`, but 6 at least; fewer where the
  /// memlock limit demands it.
  std::uint32_t slots_per_ring = 0;
  /// Bytes per slot: a multiple of 4096, 32 KiB..64 MiB.
  std::uint32_t slot_bytes = 512 * 1024;
  /// Bytes of all slots of a ring, where `slots_per_ring` is 0. The default suits packed files;
  /// where files are separate, many slots keep rings and workers from waking each other for each
  /// small file.
  std::uint64_t ring_bytes = 3u << 20;
  /// Records that one chunk may emit before it counts as overflowed; 1..2^20. A stream of separate
  /// files takes room for all that its program can emit on a chunk, up to 2^20.
  std::uint32_t records_per_slot = 16384;
  /// Words of the state window, zero when the session opens; 1..2^20.
  std::uint32_t window_words = 1024;
  IoPolicy io = IoPolicy::kAuto;
  /// Which way sources are read; one that cannot be read so fails, and open() fails where no source
  /// could. kPeer makes the slots of peer memory: the GPU's own with kCuda, else that of
  /// `peer_device`.
  PathChoice path = PathChoice::kAuto;
  /// Some sources will be block devices or NVMe namespaces: rings take NVMe commands where the
  /// kernel has such, and default to slots for 32 commands under way while as many are at the
  /// workers. Implied by kPassthrough and kPeer. Without it such sources are read all the same, but
  /// never by NVMe commands.
  bool devices = false;
  RingProfile ring = RingProfile::kDefault;
  /// For kPeer on the CPU: the PCI device whose memory is used, "0000:03:00.0"; empty for the one
  /// that has the most of it free.
  std::string peer_device = {};
  RecordOptions record = {};
  /// On a GPU programs with loops become its machine code when they are loaded; else, and on the
  /// CPU always, they are interpreted. The results are the same.
  bool compile_programs = true;
  /// Keep SessionStatistics::latency. Cost: docs/OBSERVABILITY.md.
  bool latency = true;
  /// A file that receives the way of each slot as a Chrome trace; none where empty. It is made, or
  /// emptied, by open(), and is whole JSON from then on. See trace_status().
  std::string trace = {};
};

/// A program that a session has loaded. Valid for that session only.
class LoadedProgram {
 private:
  friend class Session;
  explicit LoadedProgram(std::uint32_t opcode) noexcept : opcode_(opcode) {}
  std::uint32_t opcode_;
};

/// How files become chunks.
enum class FilePlacement : std::uint8_t {
  /// Small files share a chunk. For programs whose records depend on nothing but the bytes around
  /// them, as a scan's; one that has results, carry, output or a window that it writes is refused.
  kPacked,
  /// Each file has its own chunks; an empty file is one chunk of no bytes. Whatever a program finds
  /// is then a function of the file alone: not of rings, workers and slots. Needs slots of 128 KiB.
  kSeparate,
};

struct StreamOptions {
  FilePlacement placement = FilePlacement::kPacked;
  /// How long a chunk may take from where it is given to the workers, its wait for one included, 24
  /// hours at most; 0: as long as it needs. What takes longer is ended at its next tile, and its
  /// files end with an error of ErrorCode::kDeviceFault; the stream goes on.
  std::chrono::nanoseconds deadline{0};
  /// Files are streamed in parts of so many bytes, made up to whole chunks, by all rings at once;
  /// 0: each file by one ring. Those that are regular, of two parts or more by FileSource::size and
  /// when they are opened, and then do not become shorter, which is an error. It takes consumers
  /// that join parts (as those of collect_files() do), placement kSeparate, and a program whose
  /// chunks do not depend on each other and that emits no records, copies no output and loads
  /// nothing; neither peer memory nor a recording. The default is some milliseconds of a ring's
  /// work.
  std::uint64_t part_bytes = std::uint64_t{16} << 20;
};

/// Makes the consumer that ring `ring` drives; called once for each ring that takes files, on the
/// caller's thread, before any file is read. The consumer ends on the ring's thread, when the ring
/// is done and before stream() returns; after a cancellation it may be in the midst of a file.
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

  /// Errors: InvalidArgument where its windows reach beyond `window_words`, Unavailable where 64
  /// programs are loaded already. Cost: copies its code and tables; where it is compiled, about
  /// 0.1 s, or some milliseconds where the driver has compiled it before.
  Result<LoadedProgram> load(const VerifiedProgram& program);
  /// Why the device's driver compiled no program where it should have; since then all that come are
  /// interpreted. None where nothing was refused.
  [[nodiscard]] std::optional<Error> compile_refusal() const;

  /// Lets programs load bytes of a file or block device; returns its handle: 0 for the first, 1 for
  /// the next, and so on. What a program names by `.resource` are the handles 0, 1, ... in this
  /// order. The file stays open as long as the session; what is added to it later cannot be loaded.
  /// Between streams only. Errors: Syscall; InvalidArgument for anything else than a file or block
  /// device; Unavailable where 65,536 are registered.
  Result<std::uint32_t> register_resource(const std::string& path);

  /// Streams every file of `feed` through `program` and returns when all are delivered. Failures
  /// of single files, and the program's faults on them, reach the consumers; the Status is for the
  /// session's own: Cancelled, Syscall, DeviceFault, InvalidArgument where program, placement and
  /// slot size do not go together.
  ///
  /// The program's TileOrder decides what runs beside what. kAny: everything. kPerFile: a file's
  /// chunks run one after the other, files run beside each other. kSerial: one chunk at a time on
  /// one ring, files in the order of the feed.
  Status stream(FileFeed& feed, LoadedProgram program, const ConsumerFactory& make_consumer,
                const StreamOptions& options = {});

  /// Sets words of the state window, from word `first` on. Between streams only. Errors:
  /// InvalidArgument where they reach beyond `window_words`.
  Status write_window(std::uint32_t first, std::span<const std::uint32_t> words);
  /// `count` words from `first` on: what programs have left there. A file that failed may have left
  /// a part. Between streams only; errors as for write_window.
  [[nodiscard]] Result<std::vector<std::uint32_t>> read_window(std::uint32_t first,
                                                               std::uint32_t count) const;

  /// Writes what ends the log that `record` asked for; nothing where it did not, and from then on.
  /// The destructor does it too, but cannot tell an error. Between streams only.
  Status finish_recording();

  /// Ends a running stream() soon: in-flight reads are cancelled and reaped, programs' loads too
  /// (status 5), and chunks at the workers end at their next tile. Thread-safe and
  /// async-signal-safe.
  void cancel() noexcept;

  [[nodiscard]] std::uint32_t rings() const noexcept;
  /// What programs run on, and why where that was left open.
  [[nodiscard]] const BackendDescription& backend() const noexcept;
  /// Sums over all rings since open(). Call between streams.
  [[nodiscard]] SessionStatistics statistics() const;
  /// Why the trace lacks events: the first write of it that failed. Call between streams, each of
  /// which ends with its events written.
  [[nodiscard]] Status trace_status() const;

 private:
  class Impl;
  explicit Session(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vyre
