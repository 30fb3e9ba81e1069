#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>

#include "ingest/device_access.hpp"
#include "ingest/slot.hpp"
#include "uring/ring.hpp"
#include "vyre/io_policy.hpp"
#include "vyre/path_certificate.hpp"
#include "vyre/read_path.hpp"
#include "vyre/source.hpp"
#include "vyre/telemetry.hpp"

namespace vyre::ingest {

struct DriverOptions {
  /// Slots that the buffer is split into evenly, 2 or more.
  u32 slots = 6;
  /// Files that one slot may hold.
  u32 max_extents = 1024;
  IoPolicy io_policy = IoPolicy::kAuto;
  Placement placement = Placement::kPacked;
  PathChoice path = PathChoice::kAuto;
  /// The buffer is the ring's registered one. False: it is peer memory, which no ring can register;
  /// then nothing is packed and nothing goes through the page cache, ever.
  bool registered_target = true;
  /// Bytes that one read of a device brings at most, a multiple of 4096; less where the device or
  /// the kernel takes less. The smaller they are, the more of them are in flight together.
  u32 command_bytes = 128 * 1024;
  /// Keep the slots' read_times(). Cost: three looks at the clock for each round of reads.
  bool keep_times = false;
  /// Where devices are looked up; outlives the driver.
  const DeviceAccess* devices = &system_devices();
};

/// Reads files and devices into the slots of one buffer through one ring. Small files are packed
/// several to a slot, big ones and devices cut into chunks that overlap by kHaloBytes on each side.
/// Slots are taken in a fixed order (0, 1, ... slots-1, 0, ...), become filled in any order, and
/// are drained in the order in which they were taken: so a file's parts arrive in order and
/// together. One thread.
///
/// The caller's loop: add() while wants_files(), submit(), poll(), publish every next_filled(),
/// drain() the published slots whose work is done, oldest first, and recycle() them; wait() where
/// none of this moved; until finished().
class IngestDriver {
 public:
  /// `buffer` is the ring's registered buffer, or peer memory; both outlive the driver.
  /// InvalidArgument where the buffer is not a multiple of `slots` slots of whole pages, each of 4
  /// pages at least and 1 GiB at most, the ring has no file table, or the path asked for does not
  /// go with the memory.
  static Result<std::unique_ptr<IngestDriver>> create(uring::Ring& ring,
                                                      std::span<std::byte> buffer,
                                                      const DriverOptions& options);
  /// Cancels and reaps what is in flight.
  ~IngestDriver();
  IngestDriver(const IngestDriver&) = delete;
  IngestDriver& operator=(const IngestDriver&) = delete;

  /// True where more files would keep the ring busy, which has less to do than its slots hold;
  /// false after finish_feed().
  [[nodiscard]] bool wants_files() const noexcept;
  /// Takes a file. What becomes of it, errors included, arrives as extents: exactly one of them
  /// has `last` set.
  void add(FileSource file);
  /// There will be no further add(). What is staged so far is not held back any longer.
  void finish_feed() noexcept;

  /// Starts as many reads as slots, file table and ring allow; opens of big files happen here.
  /// `now`: the steady clock's time, where the caller has just looked at it, else 0.
  Status submit(std::uint64_t now = 0);
  /// Handles all completions there are; returns how many reads ended. An error is the ring's own:
  /// the driver can only be destroyed after it.
  Result<u32> poll();
  /// Where times are kept, the steady clock's at the last look: submit()'s, or poll()'s where it
  /// found something. Else 0.
  [[nodiscard]] std::uint64_t last_time() const noexcept;
  /// Sleeps until poll() has something to do, wake() of the ring is called, or `timeout`.
  Status wait(std::chrono::nanoseconds timeout);

  /// A slot that became filled and was not taken yet, in the order in which slots became filled.
  [[nodiscard]] std::optional<FilledSlot> next_filled();
  [[nodiscard]] const SlotChunk& chunk(const FilledSlot& slot) const;
  /// There is something to run the program on, and it does not, as far as is known by now, lie
  /// behind the end of its file.
  [[nodiscard]] bool runs(const FilledSlot& slot) const;
  [[nodiscard]] std::span<std::byte> bytes(const FilledSlot& slot) const;
  /// The file or device that the slot holds a chunk of; null for a slot of whole files.
  [[nodiscard]] const StreamedFile* streamed_file(const FilledSlot& slot) const;
  /// The files of a slot of whole files, ascending by slot_offset; none for a chunk of a stream.
  [[nodiscard]] std::span<const Extent> whole_files(const FilledSlot& slot) const;
  /// The slot now belongs to the worker; its bytes stay as they are until recycle().
  [[nodiscard]] PublishedSlot publish(FilledSlot slot);
  /// Index of the oldest slot in use, the only one that drain() takes; nothing where none is used.
  [[nodiscard]] std::optional<u32> front() const noexcept;
  /// The worker finished the slot at front().
  [[nodiscard]] DrainedSlot drain(PublishedSlot slot);
  [[nodiscard]] const SlotChunk& chunk(const DrainedSlot& slot) const;
  /// The files in the slot, ascending by slot_offset. None where the slot turned out to lie behind
  /// the end of its file.
  [[nodiscard]] std::span<const Extent> extents(const DrainedSlot& slot) const;
  [[nodiscard]] std::span<const std::byte> bytes(const DrainedSlot& slot) const;
  [[nodiscard]] const ReadTimes& read_times(const DrainedSlot& slot) const;
  /// Frees the slot; its extents and files end here.
  void recycle(DrainedSlot slot);

  /// finish_feed() was called and every file has been drained and recycled.
  [[nodiscard]] bool finished() const noexcept;
  /// Drops what is not yet read, cancels and reaps what is in flight. After it only publish(),
  /// drain() and recycle() of slots that the worker has are of use.
  Status cancel();

  [[nodiscard]] const IngestTelemetry& telemetry() const noexcept;
  [[nodiscard]] IngestTelemetry& telemetry() noexcept;
  /// Which path the bytes of each origin took so far, and why no better one.
  [[nodiscard]] const PathCertificate& certificate() const noexcept;
  [[nodiscard]] u32 slot_bytes() const noexcept;
  [[nodiscard]] u32 slots() const noexcept;

 private:
  class Machine;
  explicit IngestDriver(std::unique_ptr<Machine> machine);
  std::unique_ptr<Machine> machine_;
};

}  // namespace vyre::ingest
