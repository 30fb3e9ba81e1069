#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "ingest/ingest_driver.hpp"
#include "memory/mapped_buffer.hpp"
#include "tests/ingest/fault_ring.hpp"
#include "uring/io_uring.hpp"

namespace vyre::test {

inline constexpr u32 kSmallSlot = 4 * kHaloBytes;

/// What came of one file.
struct Delivered {
  std::string content;
  u64 bytes = 0;
  u32 ends = 0;
  u32 extents = 0;
  std::optional<Error> error;
  std::vector<Error> earlier_errors;
  u64 first_offset = 0;
};

struct HarnessOptions {
  u32 slots = 3;
  u32 slot_bytes = kSmallSlot;
  IoPolicy policy = IoPolicy::kBuffered;
  uring::RingOptions ring{.entries = 32, .file_slots = 16};
  u32 max_extents = 1024;
  ingest::Placement placement = ingest::Placement::kPacked;
  /// Else only counted.
  bool keep_content = true;
  /// Seed of the worker's pauses.
  std::uint64_t seed = 1;
  PathChoice path = PathChoice::kAuto;
  bool registered_target = true;
  u32 command_bytes = 128 * 1024;
  const ingest::DeviceAccess* devices = &ingest::system_devices();
  /// The ring takes commands for this namespace.
  std::optional<nvme::Identity> name_space = std::nullopt;
  bool plays_polled = false;
};

/// A driver with its ring and buffer, a worker that takes its time, and a consumer that checks that
/// the extents of a file tile it, in order, and that gaps are zero.
class DriverHarness {
 private:
  // Before the driver, so that they outlive it.
  HarnessOptions options_;
  std::optional<memory::MappedBuffer> buffer_;
  std::unique_ptr<uring::IoUring> ring_;

 public:
  explicit DriverHarness(const HarnessOptions& options = {})
      : options_(options), random_(options.seed) {
    const std::size_t bytes = std::size_t{options.slots} * options.slot_bytes;
    auto made_buffer = memory::MappedBuffer::anonymous(bytes);
    EXPECT_TRUE(made_buffer);
    buffer_.emplace(std::move(*made_buffer));
    std::memset(buffer_->data(), 0xEE, bytes);
    auto made_ring = uring::IoUring::create(options.ring);
    EXPECT_TRUE(made_ring) << made_ring.error().message();
    ring_ = std::move(*made_ring);
    if (options.registered_target) {
      const Status registered = ring_->register_buffer(*buffer_->region(0, bytes));
      EXPECT_TRUE(registered) << registered.error().message();
    }
    faults.emplace(*ring_);
    faults->name_space = options.name_space;
    faults->plays_polled = options.plays_polled;
    auto made = ingest::IngestDriver::create(*faults, buffer_->bytes().first(bytes),
                                             {.slots = options.slots,
                                              .max_extents = options.max_extents,
                                              .io_policy = options.policy,
                                              .placement = options.placement,
                                              .path = options.path,
                                              .registered_target = options.registered_target,
                                              .command_bytes = options.command_bytes,
                                              .devices = options.devices});
    EXPECT_TRUE(made) << made.error().message();
    driver = std::move(*made);
    published_.resize(options.slots);
    ran_.resize(options.slots);
  }

  /// Streams all files; returns what was delivered, by path.
  std::map<std::string, Delivered> run(const std::vector<FileSource>& files) {
    std::size_t next = 0;
    auto last_move = std::chrono::steady_clock::now();
    while (!driver->finished()) {
      while (next < files.size() && driver->wants_files()) driver->add(files[next++]);
      if (next == files.size()) driver->finish_feed();
      require(driver->submit());
      const auto polled = driver->poll();
      require(polled ? Status{} : tl::unexpected(polled.error()));
      const bool moved = work() || *polled != 0;
      if (moved) last_move = std::chrono::steady_clock::now();
      if (std::chrono::steady_clock::now() - last_move > std::chrono::seconds(20) ||
          ::testing::Test::HasFatalFailure()) {
        ADD_FAILURE() << "the driver makes no progress";
        break;
      }
      if (!moved) require(driver->wait(std::chrono::milliseconds(5)));
    }
    return delivered;
  }

  /// One turn of worker and consumer: publishes all that is filled, drains some of it.
  bool work() {
    bool moved = false;
    while (auto filled = driver->next_filled()) {
      const u32 index = filled->index();
      ran_[index] = driver->runs(*filled);
      if (on_filled) on_filled(driver->chunk(*filled));
      published_[index].emplace(driver->publish(std::move(*filled)));
      moved = true;
    }
    while (driver->front() && published_[*driver->front()] && random_() % 3 != 0) {
      const u32 index = *driver->front();
      auto drained = driver->drain(std::move(*published_[index]));
      published_[index].reset();
      consume(drained);
      if (on_drained) on_drained(driver->chunk(drained), ran_[index], driver->extents(drained));
      driver->recycle(std::move(drained));
      moved = true;
    }
    return moved;
  }

  const IngestTelemetry& telemetry() const { return driver->telemetry(); }

  std::optional<FaultRing> faults;
  std::unique_ptr<ingest::IngestDriver> driver;
  std::function<void(const ingest::SlotChunk&)> on_filled;
  /// `ran`: there was something to run, as far as was known when the slot was published.
  std::function<void(const ingest::SlotChunk&, bool ran, std::span<const ingest::Extent>)>
      on_drained;
  std::function<void(const ingest::Extent&)> on_extent;
  std::map<std::string, Delivered> delivered;
  /// For sources that are parts, by path.
  struct Whole {
    u64 begin = 0;
    std::string_view content;
  };
  std::map<std::string, Whole> wholes;

 private:
  static void require(const Status& status) { ASSERT_TRUE(status) << status.error().message(); }

  void consume(const ingest::DrainedSlot& slot) {
    const auto bytes = driver->bytes(slot);
    const auto* const text = reinterpret_cast<const char*>(bytes.data());
    u32 covered = 0;
    for (const ingest::Extent& extent : driver->extents(slot)) {
      if (extent.length != 0) {
        ASSERT_GE(extent.slot_offset, covered);
        ASSERT_LE(extent.slot_offset + extent.length, bytes.size());
        expect_zero(text + covered, extent.slot_offset - covered);
        covered = extent.slot_offset + extent.length;
      }
      consume(extent, text + extent.slot_offset);
    }
    if (driver->chunk(slot).packed) {
      expect_zero(text + covered, bytes.size() - covered);
    }
  }

  void consume(const ingest::Extent& extent, const char* text) {
    Delivered& file = delivered[extent.file->path()];
    const auto part = wholes.find(extent.file->path());
    const u64 begin = part == wholes.end() ? 0 : part->second.begin;
    ASSERT_LE(extent.own_begin, extent.own_end);
    ASSERT_LE(extent.own_end, extent.length);
    ASSERT_LE(extent.own_begin, kHaloBytes);
    EXPECT_EQ(file.ends, 0u) << "more of a file after its end: " << extent.file->path();
    EXPECT_EQ(extent.first, file.extents == 0);
    EXPECT_TRUE(unfinished_.empty() || unfinished_ == extent.file->path()) << "files interleave";
    unfinished_ = extent.last ? "" : extent.file->path();
    EXPECT_TRUE(extent.error == nullptr || extent.last);
    EXPECT_TRUE(extent.earlier_errors.empty() || extent.error != nullptr);
    file.first_offset = extent.file->first_offset();
    if (on_extent) on_extent(extent);
    ++file.extents;
    if (extent.own_end > extent.own_begin) {
      EXPECT_EQ(extent.file_offset + extent.own_begin, begin + file.bytes) << "own parts must tile";
    }
    if (options_.keep_content) {
      const std::string_view before =
          part == wholes.end() ? std::string_view(file.content) : part->second.content;
      EXPECT_EQ(before.compare(std::min<u64>(extent.file_offset, before.size()), extent.own_begin,
                               text, extent.own_begin),
                0)
          << "the halo repeats what came before";
      file.content.append(text + extent.own_begin, extent.own_end - extent.own_begin);
    }
    file.bytes += extent.own_end - extent.own_begin;
    if (!extent.last) return;
    ++file.ends;
    if (extent.error != nullptr) file.error = *extent.error;
    file.earlier_errors.assign(extent.earlier_errors.begin(), extent.earlier_errors.end());
  }

  static void expect_zero(const char* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(bytes[i], 0) << "a gap holds old bytes";
  }

  std::vector<std::optional<ingest::PublishedSlot>> published_;
  std::vector<bool> ran_;
  std::mt19937_64 random_;
  std::string unfinished_;
};

}  // namespace vyre::test
