#include "nvme/identify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.hpp"

namespace vyre::nvme {
namespace {

// Offsets of fields, NVM Command Set Specification, figure "Identify Namespace Data Structure".
constexpr std::size_t kNamespaceSize = 0;
constexpr std::size_t kFormats = 25;
constexpr std::size_t kFormattedSize = 26;
constexpr std::size_t kFormatTable = 128;
constexpr u32 kFormatBytes = 4;
constexpr u32 kMostFormats = 64;
// Base Specification, figure "Identify Controller Data Structure".
constexpr std::size_t kTransferLimit = 77;
constexpr u32 kSmallestPageShift = 12;

constexpr u32 kSmallestBlockShift = 9;
// Chunks begin at multiples of 4096 bytes.
constexpr u32 kLargestBlockShift = 12;
// Offsets are signed in system calls.
constexpr u64 kMostBytes = ~u64{0} >> 1;
constexpr u64 kMostBlocksOfCommand = 1u << 16;
// Where the kernel does not tell its limit, it has one all the same: every driver takes this.
constexpr u64 kModestCommand = 128 * 1024;

u32 byte_at(std::span<const std::byte, kIdentifyBytes> data, std::size_t offset) {
  return std::to_integer<u32>(data[offset]);
}

u64 little_endian(std::span<const std::byte> bytes) {
  u64 value = 0;
  for (std::size_t i = bytes.size(); i != 0; --i) {
    value = (value << 8) | std::to_integer<u64>(bytes[i - 1]);
  }
  return value;
}

struct Format {
  u32 metadata_bytes;
  u32 block_shift;
};

Result<Format> format_in_use(std::span<const std::byte, kIdentifyBytes> data) {
  const u32 in_use = byte_at(data, kFormattedSize);
  const u32 formats = byte_at(data, kFormats) + 1;
  // Bits 5 and 6 count only where the table has more formats than four bits can name.
  const u32 number = (in_use & 0xF) | (formats > 16 ? (in_use >> 1) & 0x30 : 0);
  if (number >= formats || number >= kMostFormats) {
    return tl::unexpected(invalid_argument(
        fmt::format("the namespace says that it has {} block formats and uses number {}", formats,
                    number),
        "look for an update of the device's firmware"));
  }
  const auto entry = data.subspan(kFormatTable + number * std::size_t{kFormatBytes}, kFormatBytes);
  return Format{static_cast<u32>(little_endian(entry.first(2))), std::to_integer<u32>(entry[2])};
}

}  // namespace

Result<Identity> parse_identify_namespace(std::span<const std::byte, kIdentifyBytes> data,
                                          u32 nsid) {
  const u64 blocks = little_endian(data.subspan(kNamespaceSize, 8));
  if (blocks == 0) {
    return tl::unexpected(unavailable(
        fmt::format("namespace {} holds no blocks: it is not attached to this controller", nsid),
        "attach it (`nvme attach-ns`), or give another namespace"));
  }
  const auto format = format_in_use(data);
  if (!format) return tl::unexpected(format.error());
  if (format->metadata_bytes != 0) {
    return tl::unexpected(unavailable(
        fmt::format("namespace {} has {} bytes of metadata with each block", nsid,
                    format->metadata_bytes),
        "read it through its block device (`--path mapped`), or format it without metadata"));
  }
  if (format->block_shift < kSmallestBlockShift || format->block_shift > kLargestBlockShift) {
    return tl::unexpected(
        unavailable(fmt::format("namespace {} has blocks of 2^{} bytes", nsid, format->block_shift),
                    "use a namespace with blocks of 512 to 4096 bytes"));
  }
  const u32 block_bytes = 1u << format->block_shift;
  if (base::checked_multiply<u64>(blocks, block_bytes).value_or(kMostBytes + 1) > kMostBytes) {
    return tl::unexpected(invalid_argument(
        fmt::format("namespace {} says that it has {} blocks of {} bytes: more than 2^63 bytes",
                    nsid, blocks, block_bytes),
        "look for an update of the device's firmware"));
  }
  return Identity{.nsid = nsid, .block_bytes = block_bytes, .blocks = blocks};
}

u64 parse_transfer_limit(std::span<const std::byte, kIdentifyBytes> data) {
  const u32 shift = byte_at(data, kTransferLimit);
  if (shift == 0 || shift >= 64 - kSmallestPageShift) return 0;
  return u64{1} << (shift + kSmallestPageShift);
}

u32 largest_command(u32 block_bytes, const CommandLimits& limits) {
  u64 most = kMostBlocksOfCommand * block_bytes;
  if (limits.device_bytes != 0) most = std::min(most, limits.device_bytes);
  most = std::min(most, limits.kernel_bytes != 0 ? limits.kernel_bytes : kModestCommand);
  return std::max(block_bytes, static_cast<u32>(most / block_bytes) * block_bytes);
}

}  // namespace vyre::nvme
