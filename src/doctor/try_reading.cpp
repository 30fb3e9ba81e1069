#include "doctor/try_reading.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "doctor/commands.hpp"
#include "doctor/one_read.hpp"
#include "doctor/readable.hpp"
#include "doctor/try_peer.hpp"
#include "memory/peer_memory.hpp"

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
  const BlockTarget target{.address = registered->buffer.data(), .registered = true, .peer = false};
  if (const Status read = read_first_block(*registered->ring, **space, target); !read) {
    return tl::unexpected(read.error());
  }
  return fmt::format("an NVMe read of LBA 0 of {} ({} bytes) into registered memory succeeded",
                     path, (*space)->identity().block_bytes);
}

/// What the tries of several devices' memory came to.
struct Attempts {
  std::vector<std::string> reasons;
  std::string fix;

  void add(std::string_view device, const Error& error) {
    reasons.push_back(fmt::format("{}: {}", device, error.what));
    if (fix.empty()) fix = error.fix;
  }
};

Result<std::string> try_provider(const std::string& path, const memory::PeerProvider& provider) {
  auto target = memory::map_peer_memory(provider, kTriedBytes);
  if (!target) return tl::unexpected(std::move(target.error()));
  return read_into_peer(path, *target);
}

Result<std::string> try_peer(const std::string& path) {
  const memory::PeerProviders providers = memory::peer_providers();
  Attempts attempts;
  for (const memory::PeerProvider& provider : providers.usable) {
    auto read = try_provider(path, provider);
    if (read) {
      return fmt::format("{}: memory of the PCI device {}", *read, provider.address);
    }
    attempts.add("memory of the PCI device " + provider.address, read.error());
  }
  for (const memory::RefusedProvider& refused : providers.refused) {
    attempts.add("memory of the PCI device " + refused.address, refused.error);
  }
  if (attempts.reasons.empty()) {
    attempts.add(
        "memory of PCI devices",
        unavailable("none offers any", "see the rows p2pdma and p2pmem for what it takes"));
  }
  return tl::unexpected(
      unavailable(fmt::format("{}", fmt::join(attempts.reasons, "; ")), std::move(attempts.fix)));
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
