#include "doctor/peer_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/direct_alignment.hpp"
#include "doctor/commands.hpp"
#include "doctor/one_read.hpp"
#include "doctor/readable.hpp"
#include "nvme/device_node.hpp"
#include "uring/io_uring.hpp"
#include "wire/atomics.hpp"

namespace vyre::doctor {
namespace {

// Somebody may write to the source between two reads of it.
constexpr int kAttempts = 3;

nvme::NodeKind kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return nvme::NodeKind::kOther;
  return nvme::describe_node(status).kind;
}

class NamespaceSource final : public PeerSource {
 public:
  NamespaceSource(std::string path, std::unique_ptr<nvme::Namespace> space)
      : path_(std::move(path)), space_(std::move(space)) {}

  std::string told() const override {
    return fmt::format("an NVMe read of the first {} bytes of {}", bytes(), path_);
  }
  Result<std::size_t> read_ordinary(std::span<std::byte> target) const override {
    if (const Status read = space_->read(0, target.first(bytes())); !read) {
      return tl::unexpected(read.error());
    }
    return bytes();
  }
  Result<std::size_t> read_peer(uring::Ring& ring, std::span<std::byte> target) const override {
    const BlockTarget blocks{.bytes = target.first(bytes()), .registered = false, .peer = true};
    if (const Status read = read_first_blocks(ring, *space_, blocks); !read) {
      return tl::unexpected(read.error());
    }
    return bytes();
  }

 private:
  // More than a page or two, so that the command needs a list of pages as those of a scan do.
  [[nodiscard]] std::size_t bytes() const {
    const nvme::Identity& identity = space_->identity();
    const u64 most = std::min(kTriedBytes, identity.largest_command) / identity.block_bytes;
    return std::min(most, identity.blocks) * identity.block_bytes;
  }

  std::string path_;
  std::unique_ptr<nvme::Namespace> space_;
};

class FileSource final : public PeerSource {
 public:
  explicit FileSource(Readable readable) : readable_(std::move(readable)) {}

  std::string told() const override {
    return fmt::format("an O_DIRECT read of the first {} bytes of {}", kTriedBytes, readable_.path);
  }
  Result<std::size_t> read_ordinary(std::span<std::byte> target) const override {
    const ssize_t got = ::pread(readable_.file.get(), target.data(), kTriedBytes, 0);
    if (got < 0) return tl::unexpected(syscall_error(told(), errno));
    return static_cast<std::size_t>(got);
  }
  Result<std::size_t> read_peer(uring::Ring& ring, std::span<std::byte> target) const override {
    const auto completion = one_read(ring, {.operation = uring::Operation::kRead,
                                            .file = readable_.file.get(),
                                            .address = target.data(),
                                            .length = kTriedBytes});
    if (!completion) return tl::unexpected(completion.error());
    if (completion->result < 0) return tl::unexpected(refused(-completion->result));
    return static_cast<std::size_t>(completion->result);
  }

 private:
  [[nodiscard]] Error refused(int error_number) const {
    const bool unreachable =
        error_number == EREMOTEIO || error_number == EINVAL || error_number == EFAULT;
    return syscall_error(told() + " into peer memory", error_number,
                         unreachable
                             ? "it takes an NVMe drive and a device with peer memory behind "
                               "one PCIe switch"
                             : "");
  }

  Readable readable_;
};

// A file system that answers O_DIRECT reads from the page cache has the processor copy: the bytes
// would arrive in peer memory, and no drive would have sent them there.
Status check_direct(const Readable& readable) {
  if (readable.is_block_device) return {};
  const auto alignment = base::direct_alignment(readable.file.get());
  if (alignment && alignment->offset != 0) return {};
  return tl::unexpected(unavailable(
      fmt::format("the file system of {} names no alignment for direct reads: it may answer them "
                  "from the page cache, with a copy",
                  readable.path),
      "put it on a file system that reads past the page cache (ext4, XFS) on an NVMe drive"));
}

// Fills the memory with the complement of `wanted`. The processor may hold its stores back, and
// they would then land on what the device brings: a load of the same bytes waits for them.
Status fill_with_complement(std::span<std::byte> target, std::span<const std::byte> wanted) {
  std::transform(wanted.begin(), wanted.end(), target.begin(),
                 [](std::byte byte) { return ~byte; });
  wire::full_fence();
  const bool kept = std::equal(wanted.begin(), wanted.end(), target.begin(),
                               [](std::byte a, std::byte b) { return a == ~b; });
  if (kept) return {};
  return tl::unexpected(unavailable("peer memory does not hold what the processor stores in it",
                                    "report this to who makes the device's driver"));
}

/// Whether all bytes that an ordinary read brings arrive in peer memory too.
Result<bool> arrives(const PeerSource& source, std::span<std::byte> ordinary,
                     std::span<std::byte> target) {
  const auto expected = source.read_ordinary(ordinary);
  if (!expected) return tl::unexpected(expected.error());
  if (*expected == 0) {
    return tl::unexpected(
        invalid_argument(source.told() + " brought nothing", "name something that is not empty"));
  }
  const auto wanted = ordinary.first(*expected);
  if (const Status filled = fill_with_complement(target, wanted); !filled) {
    return tl::unexpected(filled.error());
  }
  auto ring = uring::IoUring::create({.entries = 4, .file_slots = 0, .wide_entries = true});
  if (!ring) return tl::unexpected(std::move(ring.error()));
  const auto arrived = source.read_peer(**ring, target);
  // What is still under way ends with the ring, before anyone lets the memory go.
  ring->reset();
  if (!arrived) return tl::unexpected(arrived.error());
  return *arrived == *expected && std::equal(wanted.begin(), wanted.end(), target.begin());
}

}  // namespace

Result<std::unique_ptr<PeerSource>> open_peer_source(const std::string& path) {
  const nvme::NodeKind kind = kind_of(path);
  if (kind == nvme::NodeKind::kNamespace || kind == nvme::NodeKind::kBlock) {
    auto space = open_commands(path);
    if (space) return std::make_unique<NamespaceSource>(path, std::move(*space));
    if (kind == nvme::NodeKind::kNamespace) return tl::unexpected(std::move(space.error()));
  }
  auto readable = open_readable(path, O_DIRECT);
  if (!readable) return tl::unexpected(std::move(readable.error()));
  if (const Status direct = check_direct(*readable); !direct) {
    return tl::unexpected(direct.error());
  }
  return std::make_unique<FileSource>(std::move(*readable));
}

Status read_into_peer(const PeerSource& source, memory::MappedBuffer& target) {
  const auto ordinary = memory::MappedBuffer::anonymous(kTriedBytes);
  if (!ordinary) return tl::unexpected(ordinary.error());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto arrived = arrives(source, ordinary->bytes(), target.bytes().first(kTriedBytes));
    if (!arrived) return tl::unexpected(arrived.error());
    if (*arrived) return {};
  }
  return tl::unexpected(unavailable(
      source.told() + " into peer memory ended as a success, and other bytes are there",
      "switch off what translates the devices' addresses (row iommu); where nothing does, report "
      "this to who makes the platform"));
}

}  // namespace vyre::doctor
