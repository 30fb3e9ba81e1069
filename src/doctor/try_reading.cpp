#include "doctor/try_reading.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "doctor/commands.hpp"
#include "doctor/one_read.hpp"
#include "doctor/readable.hpp"
#include "doctor/try_peer.hpp"

namespace vyre::doctor {
namespace {

Result<std::string> try_mapped(const std::string& path) {
  const auto readable = open_readable(path, 0);
  if (!readable) return tl::unexpected(readable.error());
  if (readable->is_block_device &&
      ::fcntl(readable->file.get(), F_SETFL, O_NONBLOCK | O_DIRECT) != 0) {
    return tl::unexpected(syscall_error("O_DIRECT on " + readable->path, errno));
  }
  const auto length = bytes_to_read(*readable);
  if (!length) return tl::unexpected(length.error());
  const auto registered = registered_ring(false);
  if (!registered) return tl::unexpected(registered.error());
  const auto completion = one_read(*registered->ring, {.operation = uring::Operation::kReadFixed,
                                                       .file = readable->file.get(),
                                                       .address = registered->buffer.data(),
                                                       .length = *length});
  if (!completion) return tl::unexpected(completion.error());
  const std::string read =
      fmt::format("READ_FIXED of the first {} bytes of {}", *length, readable->path);
  if (completion->result < 0) return tl::unexpected(syscall_error(read, -completion->result));
  return fmt::format("{} into registered memory brought {}{}", read, completion->result,
                     readable->is_block_device ? ", past the page cache" : "");
}

Result<std::string> try_passthrough(const std::string& path) {
  const auto space = open_commands(path);
  if (!space) return tl::unexpected(space.error());
  const auto registered = registered_ring(true);
  if (!registered) return tl::unexpected(registered.error());
  const u32 block = (*space)->identity().block_bytes;
  const BlockTarget target{
      .bytes = registered->buffer.bytes().first(block), .registered = true, .peer = false};
  if (const Status read = read_first_blocks(*registered->ring, **space, target); !read) {
    return tl::unexpected(read.error());
  }
  return fmt::format("an NVMe read of LBA 0 of {} ({} bytes) into registered memory succeeded",
                     path, block);
}

}  // namespace

Result<std::string> try_reading(PathChoice choice, const std::string& path) {
  switch (choice) {
    case PathChoice::kAuto:
      break;
    case PathChoice::kMapped:
      return try_mapped(path);
    case PathChoice::kPassthrough:
      return try_passthrough(path);
    case PathChoice::kPeer:
      return try_peer(path);
  }
  return tl::unexpected(invalid_argument("auto is no way to read", "name one"));
}

}  // namespace vyre::doctor
