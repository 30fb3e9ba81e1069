#include "nvme/read_command.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "base/checked.hpp"

namespace vyre::nvme {
namespace {

// NVM Express NVM Command Set Specification, "Opcodes for NVM Commands".
constexpr u8 kReadOpcode = 0x02;
// The command's field for them has 16 bits and holds one less.
constexpr u64 kMostBlocks = 1u << 16;

Error refused(const Identity& identity, BlockSpan blocks, const std::string& why, const char* fix) {
  return invalid_argument(fmt::format("a command for {} blocks from LBA {} on of namespace {}: {}",
                                      blocks.count, blocks.first, identity.nsid, why),
                          fix);
}

}  // namespace

Result<ReadCommand> encode_nvme_read(const Identity& identity, BlockSpan blocks, Destination to) {
  const auto fail = [&](const std::string& why, const char* fix) {
    return tl::unexpected(refused(identity, blocks, why, fix));
  };
  if (blocks.count == 0) return fail("it reads nothing", "read at least one block");
  if (to.address == nullptr) return fail("its address is null", "give memory to read into");
  if (!base::range_fits(blocks.first, blocks.count, identity.blocks)) {
    return fail(fmt::format("the namespace ends before LBA {}", identity.blocks),
                "read blocks of the namespace");
  }
  const auto bytes = base::checked_multiply<u64>(blocks.count, identity.block_bytes);
  if (!bytes || *bytes != to.bytes) {
    return fail(
        fmt::format("blocks of {} bytes do not make {} bytes", identity.block_bytes, to.bytes),
        "give memory of exactly the blocks' bytes");
  }
  if (blocks.count > kMostBlocks || *bytes > identity.largest_command) {
    return fail(fmt::format("{} bytes are more than the {} that one command may bring", *bytes,
                            identity.largest_command),
                "split the read");
  }
  ReadCommand command{};
  command.opcode = kReadOpcode;
  command.nsid = identity.nsid;
  command.addr = reinterpret_cast<std::uintptr_t>(to.address);
  command.data_len = static_cast<u32>(*bytes);
  command.cdw10 = static_cast<u32>(blocks.first);
  command.cdw11 = static_cast<u32>(blocks.first >> 32);
  command.cdw12 = static_cast<u32>(blocks.count - 1);
  return command;
}

std::string to_string(BlockSpan blocks) {
  if (blocks.count <= 1) return fmt::format("LBA {}", blocks.first);
  return fmt::format("LBA {} to {}", blocks.first, blocks.first + (blocks.count - 1));
}

}  // namespace vyre::nvme
