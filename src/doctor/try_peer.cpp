#include "doctor/try_peer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "doctor/commands.hpp"
#include "doctor/one_read.hpp"
#include "doctor/readable.hpp"
#include "nvme/device_node.hpp"
#include "uring/io_uring.hpp"

namespace vyre::doctor {
namespace {

using Bytes = std::span<std::byte>;

/// One way to read the beginning of a path, into memory of any kind.
struct Beginning {
  std::string told;
  /// Into ordinary memory; returns how many bytes.
  std::function<Result<std::size_t>(Bytes)> ordinary;
  /// Into peer memory, through a ring.
  std::function<Result<std::size_t>(uring::Ring&, Bytes)> peer;
};

bool takes_commands(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  return nvme::describe_node(status).kind == nvme::NodeKind::kNamespace;
}

Result<Beginning> beginning_of_namespace(const std::string& path) {
  auto opened = open_commands(path);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  const std::shared_ptr<nvme::Namespace> space = std::move(*opened);
  const std::size_t bytes = space->identity().block_bytes;
  Beginning made;
  made.told = fmt::format("an NVMe read of LBA 0 of {} ({} bytes)", path, bytes);
  made.ordinary = [space, bytes](Bytes target) -> Result<std::size_t> {
    if (const Status read = space->read(0, target.first(bytes)); !read) {
      return tl::unexpected(read.error());
    }
    return bytes;
  };
  made.peer = [space, bytes](uring::Ring& ring, Bytes target) -> Result<std::size_t> {
    const BlockTarget block{.address = target.data(), .registered = false, .peer = true};
    if (const Status read = read_first_block(ring, *space, block); !read) {
      return tl::unexpected(read.error());
    }
    return bytes;
  };
  return made;
}

Error peer_refused(const std::string& told, int error_number) {
  const bool unreachable =
      error_number == EREMOTEIO || error_number == EINVAL || error_number == EFAULT;
  return syscall_error(told + " into peer memory", error_number,
                       unreachable ? "drive and peer memory have to be behind one PCIe switch, and "
                                     "the drive's driver one that does peer DMA (nvme)"
                                   : "");
}

Result<Beginning> beginning_of_file(const std::string& path) {
  auto opened = open_readable(path, O_DIRECT);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  const auto length = bytes_to_read(*opened);
  if (!length) return tl::unexpected(length.error());
  const auto file = std::make_shared<const Readable>(std::move(*opened));
  Beginning made;
  made.told = fmt::format("an O_DIRECT read of the first {} bytes of {}", *length, file->path);
  made.ordinary = [file, length = *length](Bytes target) -> Result<std::size_t> {
    const ssize_t got = ::pread(file->file.get(), target.data(), length, 0);
    if (got < 0) return tl::unexpected(syscall_error("pread of " + file->path, errno));
    if (got == 0) {
      return tl::unexpected(invalid_argument(file->path + " is empty",
                                             "name one with something "
                                             "in it"));
    }
    return static_cast<std::size_t>(got);
  };
  made.peer = [file, length = *length, told = made.told](uring::Ring& ring,
                                                         Bytes target) -> Result<std::size_t> {
    const auto completion = one_read(ring, {.operation = uring::Operation::kRead,
                                            .file = file->file.get(),
                                            .address = target.data(),
                                            .length = length});
    if (!completion) return tl::unexpected(completion.error());
    if (completion->result < 0) return tl::unexpected(peer_refused(told, -completion->result));
    return static_cast<std::size_t>(completion->result);
  };
  return made;
}

}  // namespace

Result<std::string> read_into_peer(const std::string& path, memory::MappedBuffer& target) {
  const auto beginning =
      takes_commands(path) ? beginning_of_namespace(path) : beginning_of_file(path);
  if (!beginning) return tl::unexpected(beginning.error());
  const auto ordinary = memory::MappedBuffer::anonymous(kTriedBytes);
  if (!ordinary) return tl::unexpected(ordinary.error());
  const auto expected = beginning->ordinary(ordinary->bytes());
  if (!expected) return tl::unexpected(expected.error());
  const Bytes wanted = ordinary->bytes().first(*expected);
  std::transform(wanted.begin(), wanted.end(), target.data(), [](std::byte byte) { return ~byte; });

  auto ring = uring::IoUring::create({.entries = 4, .file_slots = 0, .wide_entries = true});
  if (!ring) return tl::unexpected(std::move(ring.error()));
  const auto arrived = beginning->peer(**ring, target.bytes().first(kTriedBytes));
  // Whatever is still under way ends with the ring, before anyone lets the memory go.
  ring->reset();
  if (!arrived) return tl::unexpected(arrived.error());
  if (*arrived == *expected && std::equal(wanted.begin(), wanted.end(), target.data())) {
    return fmt::format("{} arrived there byte for byte", beginning->told);
  }
  return tl::unexpected(unavailable(
      fmt::format("{} into peer memory ended well, and other bytes are there", beginning->told),
      "switch off what translates the devices' addresses (row `iommu`), and report this to who "
      "makes the platform"));
}

}  // namespace vyre::doctor
