#include "memory/mapped_buffer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "base/checked.hpp"

namespace vyre::memory {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

void* map_anonymous(std::size_t bytes) {
  return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// Maps one alignment more than wanted and gives back what lies outside the aligned part.
std::byte* map_aligned(std::size_t bytes) {
  void* mapped = map_anonymous(bytes + kHugePage);
  if (mapped == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<std::uintptr_t>(mapped);
  const std::uintptr_t aligned = base::align_up<std::uintptr_t>(begin, kHugePage);
  const std::size_t head = aligned - begin;
  const std::size_t tail = kHugePage - head;
  auto* const data = static_cast<std::byte*>(mapped) + head;
  if (head != 0) ::munmap(mapped, head);
  if (tail != 0) ::munmap(data + bytes, tail);
  return data;
}

void unmap(std::span<std::byte> pages) noexcept { ::munmap(pages.data(), pages.size()); }

}  // namespace

std::string_view to_string(MemoryKind kind) noexcept {
  switch (kind) {
    case MemoryKind::kAnonymous:
      return "anonymous";
    case MemoryKind::kCudaRegistered:
      return "cuda-registered";
    case MemoryKind::kPeerMapped:
      return "peer-mapped";
  }
  return "unknown";
}

Region::Region(std::span<std::byte> bytes, std::atomic<std::size_t>* uses) noexcept
    : bytes_(bytes), uses_(uses) {
  uses_->fetch_add(1, std::memory_order_relaxed);
}

Region::Region(Region&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), uses_(std::exchange(other.uses_, nullptr)) {}

Region& Region::operator=(Region&& other) noexcept {
  if (this != &other) {
    release();
    bytes_ = std::exchange(other.bytes_, {});
    uses_ = std::exchange(other.uses_, nullptr);
  }
  return *this;
}

Region::~Region() { release(); }

void Region::release() noexcept {
  if (uses_ == nullptr) return;
  // Orders this user's last access before the unmapping in another thread.
  std::exchange(uses_, nullptr)->fetch_sub(1, std::memory_order_release);
}

Result<MappedBuffer> MappedBuffer::anonymous(std::size_t bytes) {
  const std::size_t page = page_size();
  if (bytes == 0 || bytes > std::numeric_limits<std::size_t>::max() - kHugePage - page) {
    return tl::unexpected(
        invalid_argument(fmt::format("a buffer of {} bytes cannot be mapped", bytes),
                         "ask for at least 1 byte and less than the address space"));
  }
  const std::size_t size = base::align_up(bytes, page);
  std::byte* data = nullptr;
  if (size < kHugePage) {
    void* mapped = map_anonymous(size);
    data = mapped == MAP_FAILED ? nullptr : static_cast<std::byte*>(mapped);
  } else {
    data = map_aligned(size);
  }
  if (data == nullptr) {
    return tl::unexpected(syscall_error(fmt::format("mmap of {} bytes", size), errno,
                                        "ask for a smaller buffer, or raise `ulimit -v`"));
  }
  // A kernel without huge pages refuses this, and the buffer works all the same.
  if (size >= kHugePage) static_cast<void>(::madvise(data, size, MADV_HUGEPAGE));
  return MappedBuffer({data, size}, MemoryKind::kAnonymous, unmap);
}

MappedBuffer MappedBuffer::adopt(std::span<std::byte> pages, MemoryKind kind, Release release) {
  VYRE_CHECK(!pages.empty());
  VYRE_CHECK(release != nullptr);
  return MappedBuffer(pages, kind, std::move(release));
}

MappedBuffer::MappedBuffer(std::span<std::byte> pages, MemoryKind kind, Release release)
    : data_(pages.data()),
      size_(pages.size()),
      kind_(kind),
      release_(std::move(release)),
      uses_(std::make_unique<std::atomic<std::size_t>>(0)) {}

MappedBuffer::MappedBuffer(MappedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      kind_(other.kind_),
      release_(std::exchange(other.release_, nullptr)),
      uses_(std::move(other.uses_)) {}

MappedBuffer& MappedBuffer::operator=(MappedBuffer&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    kind_ = other.kind_;
    release_ = std::exchange(other.release_, nullptr);
    uses_ = std::move(other.uses_);
  }
  return *this;
}

MappedBuffer::~MappedBuffer() { release(); }

std::span<std::byte> MappedBuffer::detach() noexcept {
  if (data_ == nullptr) return {};
  VYRE_CHECK(uses_->load(std::memory_order_acquire) == 0);
  uses_.reset();
  release_ = nullptr;
  return {std::exchange(data_, nullptr), std::exchange(size_, 0)};
}

void MappedBuffer::release() noexcept {
  if (data_ == nullptr) return;
  const Release release = std::exchange(release_, nullptr);
  release(detach());
}

Result<Region> MappedBuffer::region(std::size_t offset, std::size_t length) const {
  if (length == 0 || !base::range_fits(offset, length, size_)) {
    return tl::unexpected(invalid_argument(
        fmt::format("a region of {} bytes at {} does not lie in a buffer of {} bytes", length,
                    offset, size_),
        "choose a range of at least one byte inside the buffer"));
  }
  return Region({data_ + offset, length}, uses_.get());
}

std::size_t MappedBuffer::huge_page_bytes() const {
  std::FILE* file = std::fopen("/proc/self/smaps", "re");
  if (file == nullptr) return 0;
  const auto begin = reinterpret_cast<std::uintptr_t>(data_);
  std::uintptr_t low = 0;
  std::uintptr_t high = 0;
  std::size_t kibibytes = 0;
  std::size_t total = 0;
  char line[512];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &low, &high) == 2) continue;
    const bool inside = low < begin + size_ && high > begin;
    if (inside && std::sscanf(line, "AnonHugePages: %zu kB", &kibibytes) == 1) {
      total += kibibytes << 10;
    }
  }
  std::fclose(file);
  return total < size_ ? total : size_;
}

}  // namespace vyre::memory
