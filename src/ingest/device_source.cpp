#include "ingest/device_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/checked.hpp"
#include "base/units.hpp"
#include "ingest/open_file.hpp"
#include "ingest/read_blocks.hpp"

namespace vyre::ingest {
namespace {

constexpr u64 kMostBytes = ~u64{0} >> 1;
constexpr u32 kSmallestBlock = 512;
// Reads of block devices: the block layer splits them as the device wants it.
constexpr u32 kLargestRead = 1u << 20;
constexpr std::size_t kReadAgainBytes = 64 * 1024;

base::OwnedFd open_block(const std::string& path, int flags) {
  return base::OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
}

bool same_device(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_rdev == second.st_rdev &&
         first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
using AlignedMemory = std::unique_ptr<std::byte, Free>;

// Of kReadAgainBytes, fit for reads past the page cache.
Result<AlignedMemory> aligned_memory() {
  AlignedMemory memory(static_cast<std::byte*>(std::aligned_alloc(kHaloBytes, kReadAgainBytes)));
  if (memory == nullptr) return tl::unexpected(syscall_error("allocating memory", ENOMEM));
  return memory;
}

/// Bytes of a device, copied from whole blocks. `read(first, target)` reads such, of the device.
template <class Read>
Result<std::size_t> copy_blocks(const DeviceShape& shape, u64 offset, std::span<char> target,
                                Read read) {
  const auto memory = aligned_memory();
  if (!memory) return tl::unexpected(memory.error());
  const u64 block_bytes = shape.block_bytes;
  std::size_t done = 0;
  while (done < target.size()) {
    const u64 from = shape.first_offset + offset + done;
    const u64 skipped = from % block_bytes;
    const std::size_t kept = std::min<std::size_t>(
        target.size() - done, kReadAgainBytes - static_cast<std::size_t>(skipped));
    const u64 bytes = base::align_up<u64>(skipped + kept, block_bytes);
    const Status copied = read(from / block_bytes, std::span(memory->get(), bytes));
    if (!copied) return tl::unexpected(copied.error());
    std::memcpy(target.data() + done, memory->get() + skipped, kept);
    done += kept;
  }
  return done;
}

bool concerns_blocks_of_media(const Error& error) { return error.detail == ENODATA; }

// The block layer has one number for bad media and for devices that are gone.
bool may_concern_blocks(const Error& error) {
  return error.detail == EIO || error.detail == ENODATA || error.detail == EILSEQ;
}

}  // namespace

Result<DeviceWindow> window_of(const std::optional<BlockRange>& blocks,
                               const BlockGeometry& geometry) {
  if (geometry.block_bytes < kSmallestBlock || geometry.block_bytes > kHaloBytes ||
      !std::has_single_bit(geometry.block_bytes)) {
    return tl::unexpected(
        unavailable(fmt::format("the device has blocks of {} bytes", geometry.block_bytes),
                    "use a device with blocks of 512 to 4096 bytes"));
  }
  const u64 count = geometry.bytes / geometry.block_bytes;
  if (count == 0 || geometry.bytes > kMostBytes) {
    return tl::unexpected(
        unavailable(fmt::format("the device says that it has {} bytes", geometry.bytes),
                    "see whether it has a medium"));
  }
  const BlockRange range = blocks.value_or(BlockRange{0, count});
  if (range.count == 0 || !base::range_fits(range.first, range.count, count)) {
    return tl::unexpected(invalid_argument(
        fmt::format("{} blocks from {} on do not lie in a device of {} blocks of {} bytes",
                    range.count, range.first, count, geometry.block_bytes),
        fmt::format("give blocks from 0 to {}, one at least", count - 1)));
  }
  return DeviceWindow{range.first * geometry.block_bytes, range.count * geometry.block_bytes};
}

BlockSource::BlockSource(std::string path, base::OwnedFd buffered, IngestTelemetry& telemetry)
    : path_(std::move(path)), buffered_(std::move(buffered)), telemetry_(telemetry) {
  telemetry_.opens.add();
}

BlockSource::~BlockSource() { telemetry_.closes.add(direct_ ? 2 : 1); }

Result<std::unique_ptr<BlockSource>> BlockSource::open(const FileSource& source, Way way,
                                                       const DeviceAccess& devices,
                                                       IngestTelemetry& telemetry) {
  base::OwnedFd buffered = open_block(source.path, 0);
  if (!buffered) return tl::unexpected(file_error("open", errno));
  const auto geometry = devices.geometry(buffered.get());
  if (!geometry) return tl::unexpected(geometry.error());
  const auto window = window_of(source.blocks, *geometry);
  if (!window) return tl::unexpected(window.error());
  std::unique_ptr<BlockSource> made(new BlockSource(source.path, std::move(buffered), telemetry));
  made->shape_ = {.block_bytes = geometry->block_bytes,
                  .largest_read = kLargestRead,
                  .first_offset = window->first};
  made->bytes_ = window->bytes;
  if (way == Way::kBuffered) return made;
  base::OwnedFd direct = open_block(source.path, O_DIRECT);
  if (!direct) return tl::unexpected(file_error("open with O_DIRECT", errno));
  if (!same_device(direct.get(), made->buffered_.get())) {
    return tl::unexpected(unavailable("the node became another device while it was opened",
                                      "run again when devices come and go no more"));
  }
  telemetry.opens.add();
  made->direct_ = std::move(direct);
  return made;
}

Result<std::size_t> BlockSource::read_again(std::uint64_t offset, std::span<char> target) const {
  if (offset >= bytes_) return 0;
  const std::span<char> wanted = target.first(std::min<u64>(target.size(), bytes_ - offset));
  auto done = read_whole(buffered_.get(), shape_.first_offset + offset, wanted);
  if (!done && may_concern_blocks(done.error())) {
    done = copy_blocks(shape_, offset, wanted, [&](u64 first, std::span<std::byte> blocks) {
      return read_blocks(
          first, blocks, shape_.block_bytes,
          [&](u64 block, std::span<std::byte> part) { return read_direct(block, part); },
          may_concern_blocks);
    });
    if (done) telemetry_.userspace_copied_bytes.add(*done);
  }
  if (done) telemetry_.read_again_bytes.add(*done);
  return done;
}

// The page cache holds pages alone, and what is bad may be one block of a page.
Status BlockSource::read_direct(u64 first, std::span<std::byte> blocks) const {
  const std::span<char> target(reinterpret_cast<char*>(blocks.data()), blocks.size());
  const auto done = read_whole(descriptor(), first * shape_.block_bytes, target);
  if (!done) return tl::unexpected(done.error());
  if (*done == blocks.size()) return {};
  return tl::unexpected(
      unavailable(fmt::format("reading {} bytes: the device brought {}", blocks.size(), *done),
                  "run again when the device does not change its size"));
}

NamespaceSource::NamespaceSource(std::string path, std::unique_ptr<nvme::Namespace> name_space,
                                 IngestTelemetry& telemetry)
    : path_(std::move(path)), namespace_(std::move(name_space)), telemetry_(telemetry) {
  telemetry_.opens.add();
}

NamespaceSource::~NamespaceSource() { telemetry_.closes.add(); }

Result<std::unique_ptr<NamespaceSource>> NamespaceSource::open(
    const FileSource& source, std::unique_ptr<nvme::Namespace> name_space, bool registered_commands,
    IngestTelemetry& telemetry) {
  const nvme::Identity& identity = name_space->identity();
  const auto bytes = base::checked_multiply<u64>(identity.blocks, identity.block_bytes);
  const auto window = window_of(source.blocks, {bytes.value_or(~u64{0}), identity.block_bytes});
  if (!window) return tl::unexpected(window.error());
  std::unique_ptr<NamespaceSource> made(
      new NamespaceSource(source.path, std::move(name_space), telemetry));
  made->shape_ = {.block_bytes = identity.block_bytes,
                  .largest_read = identity.largest_command,
                  .first_offset = window->first,
                  .name_space = &made->namespace_->identity(),
                  .registered_commands = registered_commands};
  made->bytes_ = window->bytes;
  return made;
}

Result<std::size_t> NamespaceSource::read_again(std::uint64_t offset,
                                                std::span<char> target) const {
  if (offset >= bytes_) return 0;
  const std::span<char> wanted = target.first(std::min<u64>(target.size(), bytes_ - offset));
  auto done = copy_blocks(shape_, offset, wanted, [&](u64 first, std::span<std::byte> blocks) {
    return read_blocks(
        first, blocks, shape_.block_bytes,
        [&](u64 block, std::span<std::byte> part) { return namespace_->read(block, part); },
        concerns_blocks_of_media);
  });
  if (done) {
    telemetry_.userspace_copied_bytes.add(*done);
    telemetry_.read_again_bytes.add(*done);
  }
  return done;
}

}  // namespace vyre::ingest
