#pragma once

#include <cstddef>
#include <cstring>
#include <span>

#include "wire/platform.hpp"

namespace vyre::test {

/// The fields of a command, taken out of its bytes at the offsets of the kernel's interface: a
/// second reading of it, which shares nothing with the encoder.
struct CommandFields {
  u8 opcode;
  u8 flags;
  u32 nsid;
  u64 metadata;
  u64 address;
  u32 metadata_bytes;
  u32 data_bytes;
  u64 lba;
  u32 blocks;
  u32 timeout;
};

template <typename T>
T field_at(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
  return value;
}

inline CommandFields decode(std::span<const std::byte> bytes) {
  return {.opcode = field_at<u8>(bytes, 0),
          .flags = field_at<u8>(bytes, 1),
          .nsid = field_at<u32>(bytes, 4),
          .metadata = field_at<u64>(bytes, 16),
          .address = field_at<u64>(bytes, 24),
          .metadata_bytes = field_at<u32>(bytes, 32),
          .data_bytes = field_at<u32>(bytes, 36),
          .lba = field_at<u32>(bytes, 40) | u64{field_at<u32>(bytes, 44)} << 32,
          .blocks = (field_at<u32>(bytes, 48) & 0xFFFF) + 1,
          .timeout = field_at<u32>(bytes, 64)};
}

}  // namespace vyre::test
