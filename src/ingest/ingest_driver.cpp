#include "ingest/ingest_driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"
#include "ingest/file_stream.hpp"
#include "ingest/packer.hpp"
#include "ingest/uring_stream.hpp"

namespace vyre::ingest {
namespace {

constexpr u64 kPage = 4096;
constexpr u64 kMaximumSlot = u64{1} << 30;
// Below so many staged files more are asked for: some system calls' worth of opens.
constexpr std::size_t kFeedLowWater = 256;

Status check_path(const DriverOptions& options) {
  if (options.command_bytes == 0 || options.command_bytes % kPage != 0) {
    return tl::unexpected(
        invalid_argument(fmt::format("reads of devices of {} bytes", options.command_bytes),
                         "use a multiple of 4096 bytes"));
  }
  const bool fits = options.registered_target ? options.path != PathChoice::kPeer
                                              : options.path != PathChoice::kMapped;
  if (fits) return {};
  return tl::unexpected(invalid_argument(
      fmt::format("the path {} does not go with {} memory", to_string(options.path),
                  options.registered_target ? "registered" : "peer"),
      "give peer memory for the path peer, registered memory for the path mapped"));
}

Status check_options(uring::Ring& ring, std::span<std::byte> buffer, const DriverOptions& options) {
  const u64 slot_bytes = options.slots == 0 ? 0 : buffer.size() / options.slots;
  if (options.slots < 2 || buffer.size() % options.slots != 0 || slot_bytes % kPage != 0 ||
      slot_bytes < 4 * u64{kHaloBytes} || slot_bytes > kMaximumSlot ||
      reinterpret_cast<std::uintptr_t>(buffer.data()) % kPage != 0) {
    return tl::unexpected(invalid_argument(
        fmt::format("a buffer of {} bytes cannot be split into {} slots", buffer.size(),
                    options.slots),
        "use 2 or more slots of a multiple of 4096 bytes, from 16 KiB to 1 GiB each, without a "
        "remainder"));
  }
  if (options.max_extents == 0 || ring.file_slots() < 2) {
    return tl::unexpected(invalid_argument(
        fmt::format("a driver cannot work with {} files per slot and {} entries in the file table",
                    options.max_extents, ring.file_slots()),
        "use at least 1 file per slot and 2 entries; raise the limit on open files (`ulimit -n`)"));
  }
  return check_path(options);
}

// Packed files and streamed ones have entries of their own: an entry's close is queued in the ring,
// but a descriptor is registered at once, and would overtake a close of the same entry.
u32 stream_entries(const uring::Ring& ring, const DriverOptions& options) {
  return std::min(options.slots, std::max<u32>(1, ring.file_slots() / 4));
}

SourceRules rules_of(const uring::Ring& ring, const DriverOptions& options) {
  return {.path = options.path,
          .io_policy = options.io_policy,
          .registered_target = options.registered_target,
          .commands = ring.takes_commands(),
          .polls = ring.polls()};
}

DeviceReads::Options device_options(const uring::Ring& ring, const DriverOptions& options,
                                    u32 slot_bytes) {
  return {.slot_bytes = slot_bytes,
          .slots = options.slots,
          .command_bytes = options.command_bytes,
          .registered_target = options.registered_target,
          .polls = ring.polls()};
}

}  // namespace

class IngestDriver::Machine {
 public:
  Machine(uring::Ring& ring, std::span<std::byte> buffer, const DriverOptions& options)
      : buffer_(buffer),
        slot_bytes_(static_cast<u32>(buffer.size() / options.slots)),
        reads_(ring, buffer, telemetry_, certificate_),
        slots_(options.slots, options.max_extents),
        stream_table_(0, stream_entries(ring, options)),
        packed_table_(stream_entries(ring, options),
                      ring.file_slots() - stream_entries(ring, options)),
        opener_(rules_of(ring, options), *options.devices, telemetry_, certificate_),
        packer_(reads_, slots_, packed_table_, buffer, slot_bytes_, options.max_extents,
                options.placement,
                PathNotes(options.path, options.registered_target, certificate_)),
        devices_(reads_, buffer, device_options(ring, options, slot_bytes_), telemetry_),
        streamer_(ring, reads_, slots_, stream_table_, opener_, devices_, slot_bytes_,
                  options.placement),
        packs_(options.placement != Placement::kInOrder &&
               options.path != PathChoice::kPassthrough && !opener_.rules().direct_only()),
        keep_times_(options.keep_times) {}

  bool wants_files() const {
    return !feed_finished_ && files_.size() - next_file_ < kFeedLowWater &&
           staged_bytes_ + streamer_.rest() < u64{slots_.size()} * slot_bytes_;
  }
  void add(FileSource file);
  Status submit(u64 now);
  Result<u32> poll();
  Status cancel();
  bool finished() const {
    return feed_finished_ && !anything_staged() && !streamer_.active() && slots_.busy() == 0;
  }
  std::span<std::byte> bytes(u32 slot, u32 length) const {
    return buffer_.subspan(u64{slot} * slot_bytes_, length);
  }

  std::span<std::byte> buffer_;
  u32 slot_bytes_;
  bool feed_finished_ = false;
  IngestTelemetry telemetry_;
  PathCertificate certificate_;
  UringStream reads_;
  SlotTable slots_;
  FileTable stream_table_;
  FileTable packed_table_;
  SourceOpener opener_;
  Packer packer_;
  DeviceReads devices_;
  FileStreamer streamer_;
  /// Files may be packed.
  bool packs_;
  bool keep_times_;

 private:
  void tell_time() {
    if (keep_times_) slots_.set_time(base::steady_nanoseconds());
  }
  Status flush();
  bool anything_staged() const { return next_file_ < files_.size() || !restaged_.empty(); }
  Result<bool> step();
  Result<bool> step_restaged();
  Result<bool> step_file();
  Result<bool> begin_stream(FileSource& file);

  /// Files to be read; those before `next_file_` have begun.
  std::vector<FileSource> files_;
  std::size_t next_file_ = 0;
  /// Sizes of the others, as the feed saw them.
  u64 staged_bytes_ = 0;
  /// Files that did not fit their place, to be streamed.
  std::vector<FileSource> restaged_;
  std::vector<ReadCompletion> completions_;
};

void IngestDriver::Machine::add(FileSource file) {
  VYRE_CHECK(!feed_finished_);
  if (next_file_ == files_.size()) {
    files_.clear();
    next_file_ = 0;
  }
  staged_bytes_ += file.size;
  files_.push_back(std::move(file));
}

Result<bool> IngestDriver::Machine::begin_stream(FileSource& file) {
  if (stream_table_.empty() || slots_.busy() == slots_.size()) return false;
  Status ring_status;
  const Status begun = streamer_.begin(file, ring_status);
  if (!ring_status) return tl::unexpected(ring_status.error());
  if (begun) {
    packer_.seal();
    return true;
  }
  Error error = begun.error();
  const bool no_descriptor = error.code == ErrorCode::kSyscall && error.detail == EMFILE;
  if (no_descriptor && streamer_.any_open()) return false;
  return packer_.add_failed(file, error);
}

Result<bool> IngestDriver::Machine::step_restaged() {
  auto begun = begin_stream(restaged_.back());
  if (begun && *begun) restaged_.pop_back();
  return begun;
}

Result<bool> IngestDriver::Machine::step_file() {
  FileSource& file = files_[next_file_];
  const u64 size = file.size;
  Result<bool> begun = false;
  if (file.path.find('\0') != std::string::npos) {
    Error error = invalid_argument("the path holds a NUL byte", "no file has such a name");
    begun = packer_.add_failed(file, error);
  } else if (packs_ && !file.device && !file.blocks && !file.part && packer_.fits(file.size)) {
    begun = packer_.add(file);
  } else {
    begun = begin_stream(file);
  }
  if (begun && *begun) {
    // Nothing else keeps open what it shares.
    file = {};
    ++next_file_;
    staged_bytes_ -= size;
  }
  return begun;
}

// Starts one more read or file; false where nothing more can be started now.
Result<bool> IngestDriver::Machine::step() {
  if (streamer_.pending()) {
    auto issued = streamer_.issue();
    if (!issued || *issued) return issued;
  }
  if (streamer_.active()) return streamer_.advance();
  if (!restaged_.empty()) return step_restaged();
  if (next_file_ < files_.size()) return step_file();
  return false;
}

// The kernel may read within the call that hands it the reads, so the time is that of its
// beginning.
Status IngestDriver::Machine::flush() {
  if (slots_.any_unsubmitted()) {
    tell_time();
    slots_.submitted();
  }
  return reads_.flush();
}

Status IngestDriver::Machine::submit(u64 now) {
  if (keep_times_) slots_.set_time(now != 0 ? now : base::steady_nanoseconds());
  Result<bool> stepped = true;
  while (stepped && *stepped) stepped = step();
  if (!stepped) return tl::unexpected(stepped.error());
  // A slot in part filled waits for more files only while other slots keep the workers busy.
  if (packer_.packing() && !anything_staged() && (feed_finished_ || slots_.busy() == 1)) {
    packer_.seal();
  }
  return flush();
}

Result<u32> IngestDriver::Machine::poll() {
  completions_.clear();
  const auto polled = reads_.poll(completions_);
  if (!polled) return tl::unexpected(polled.error());
  if (!completions_.empty()) tell_time();
  for (const ReadCompletion& completion : completions_) {
    const auto slot = static_cast<u32>(completion.user_data >> 32);
    const std::size_t restaged = restaged_.size();
    const Status handled = slots_[slot].stream != nullptr
                               ? streamer_.handle(slot, completion)
                               : packer_.handle(slot, completion, restaged_);
    if (!handled) return tl::unexpected(handled.error());
    telemetry_.files_restaged.add(restaged_.size() - restaged);
  }
  return polled->completed;
}

Status IngestDriver::Machine::cancel() {
  feed_finished_ = true;
  files_.clear();
  next_file_ = 0;
  staged_bytes_ = 0;
  if (Status status = streamer_.cancel_pending(); !status) return status;
  // A refused direct read begins anew while its completion is handled, hence the loop.
  while (reads_.inflight() != 0) {
    if (Status status = reads_.cancel(); !status) return status;
    if (const auto polled = poll(); !polled) return tl::unexpected(polled.error());
  }
  // What failed of a device was to be read again.
  if (Status status = streamer_.cancel_pending(); !status) return status;
  restaged_.clear();
  streamer_.abandon();
  packer_.seal();
  return flush();
}

Result<std::unique_ptr<IngestDriver>> IngestDriver::create(uring::Ring& ring,
                                                           std::span<std::byte> buffer,
                                                           const DriverOptions& options) {
  if (Status status = check_options(ring, buffer, options); !status) {
    return tl::unexpected(status.error());
  }
  return std::unique_ptr<IngestDriver>(
      new IngestDriver(std::make_unique<Machine>(ring, buffer, options)));
}

IngestDriver::IngestDriver(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}

IngestDriver::~IngestDriver() {
  // A ring that fails here is drained by its own destructor, before the buffer is released.
  static_cast<void>(machine_->reads_.cancel());
}

bool IngestDriver::wants_files() const noexcept { return machine_->wants_files(); }
void IngestDriver::add(FileSource file) { machine_->add(std::move(file)); }
void IngestDriver::finish_feed() noexcept { machine_->feed_finished_ = true; }
Status IngestDriver::submit(std::uint64_t now) { return machine_->submit(now); }
Result<u32> IngestDriver::poll() { return machine_->poll(); }
std::uint64_t IngestDriver::last_time() const noexcept { return machine_->slots_.time(); }
Status IngestDriver::wait(std::chrono::nanoseconds timeout) {
  return machine_->reads_.wait(timeout);
}
bool IngestDriver::finished() const noexcept { return machine_->finished(); }
Status IngestDriver::cancel() { return machine_->cancel(); }
IngestTelemetry& IngestDriver::telemetry() noexcept { return machine_->telemetry_; }
const IngestTelemetry& IngestDriver::telemetry() const noexcept { return machine_->telemetry_; }
const PathCertificate& IngestDriver::certificate() const noexcept { return machine_->certificate_; }
u32 IngestDriver::slot_bytes() const noexcept { return machine_->slot_bytes_; }
u32 IngestDriver::slots() const noexcept { return machine_->slots_.size(); }
std::optional<u32> IngestDriver::front() const noexcept { return machine_->slots_.front(); }

std::optional<FilledSlot> IngestDriver::next_filled() {
  const auto index = machine_->slots_.take_filled();
  if (!index) return std::nullopt;
  return FilledSlot(*index);
}

const SlotChunk& IngestDriver::chunk(const FilledSlot& slot) const {
  VYRE_CHECK(slot.valid_);
  return machine_->slots_[slot.index()].chunk;
}

bool IngestDriver::runs(const FilledSlot& slot) const {
  const Slot& filled = machine_->slots_[slot.index()];
  return chunk(slot).runs && (filled.stream == nullptr || FileStreamer::belongs(filled));
}

std::span<std::byte> IngestDriver::bytes(const FilledSlot& slot) const {
  return machine_->bytes(slot.index(), chunk(slot).length);
}

const StreamedFile* IngestDriver::streamed_file(const FilledSlot& slot) const {
  const Slot& filled = machine_->slots_[slot.index()];
  return filled.stream == nullptr ? nullptr : filled.stream->file.get();
}

std::span<const Extent> IngestDriver::whole_files(const FilledSlot& slot) const {
  return machine_->slots_[slot.index()].extents;
}

PublishedSlot IngestDriver::publish(FilledSlot slot) {
  VYRE_CHECK(slot.valid_);
  machine_->slots_.publish(slot.index());
  return PublishedSlot(slot.index());
}

DrainedSlot IngestDriver::drain(PublishedSlot slot) {
  VYRE_CHECK(slot.valid_);
  machine_->slots_.drain(slot.index());
  Slot& drained = machine_->slots_[slot.index()];
  if (drained.stream != nullptr) machine_->streamer_.describe(drained);
  return DrainedSlot(slot.index());
}

const SlotChunk& IngestDriver::chunk(const DrainedSlot& slot) const {
  VYRE_CHECK(slot.valid_);
  return machine_->slots_[slot.index()].chunk;
}

std::span<const Extent> IngestDriver::extents(const DrainedSlot& slot) const {
  VYRE_CHECK(slot.valid_);
  return machine_->slots_[slot.index()].extents;
}

const ReadTimes& IngestDriver::read_times(const DrainedSlot& slot) const {
  VYRE_CHECK(slot.valid_);
  return machine_->slots_[slot.index()].times;
}

std::span<const std::byte> IngestDriver::bytes(const DrainedSlot& slot) const {
  return machine_->bytes(slot.index(), chunk(slot).length);
}

void IngestDriver::recycle(DrainedSlot slot) {
  VYRE_CHECK(slot.valid_);
  machine_->slots_.recycle(slot.index());
}

}  // namespace vyre::ingest
