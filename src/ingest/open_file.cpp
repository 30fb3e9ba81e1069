#include "ingest/open_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/cachestat.hpp"
#include "base/direct_alignment.hpp"
#include "base/units.hpp"

namespace vyre::ingest {
namespace {

constexpr int kOpenFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
// Chunks begin at multiples of this.
constexpr u32 kChunkAlignment = kHaloBytes;

// Whether the file system can read at the chunks' alignment past the page cache.
bool alignment_suffices(int descriptor) {
  const auto alignment = base::direct_alignment(descriptor);
  // Not told: 4096 suits every block device, and a refused read says so.
  if (!alignment) return true;
  return alignment->offset != 0 && alignment->offset <= kChunkAlignment &&
         alignment->memory <= kChunkAlignment;
}

bool same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

// The file once more, with a position and a read-ahead of its own, whatever its path leads to now.
base::OwnedFd reopen(const base::OwnedFd& file, int flags) {
  const std::string path = fmt::format("/proc/self/fd/{}", file.get());
  return base::OwnedFd(::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC | flags));
}

Error not_regular(u32 mode) {
  return invalid_argument(fmt::format("this is {}, not a regular file", kind_of_file(mode)),
                          "give regular files, directories, block devices or NVMe namespaces");
}

}  // namespace

const char* kind_of_file(u32 mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "a regular file";
    case S_IFDIR:
      return "a directory";
    case S_IFIFO:
      return "a FIFO";
    case S_IFSOCK:
      return "a socket";
    case S_IFCHR:
      return "a character device";
    case S_IFBLK:
      return "a block device";
    default:
      return "of an unknown kind";
  }
}

Error file_error(const char* operation, int error_number) {
  switch (error_number) {
    case EMFILE:
      return syscall_error(operation, error_number,
                           "raise the limit on open files (`ulimit -n`), or use fewer rings");
    case ENFILE:
      return syscall_error(operation, error_number, "raise the system's limit fs.file-max");
    case EACCES:
    case EPERM:
      return syscall_error(operation, error_number, "run as a user who may read the file");
    default:
      return syscall_error(operation, error_number);
  }
}

Result<base::OwnedFd> open_regular_file(const std::string& path) {
  struct stat state {};
  // Asked first by name, since merely opening a device can have effects.
  if (::stat(path.c_str(), &state) != 0) return tl::unexpected(file_error("open", errno));
  if (!S_ISREG(state.st_mode)) return tl::unexpected(not_regular(state.st_mode));
  base::OwnedFd file(::open(path.c_str(), kOpenFlags));
  if (!file) return tl::unexpected(file_error("open", errno));
  if (::fstat(file.get(), &state) != 0) return tl::unexpected(file_error("fstat", errno));
  if (!S_ISREG(state.st_mode)) return tl::unexpected(not_regular(state.st_mode));
  // Without it file systems that cannot read without waiting would fail with EAGAIN.
  if (::fcntl(file.get(), F_SETFL, O_RDONLY) != 0) {
    return tl::unexpected(file_error("fcntl", errno));
  }
  return file;
}

// To be told of a page takes the kernel some 70 ns, which for all pages of a file comes to a tenth
// of what reading them takes.
std::optional<bool> mostly_uncached(int descriptor, u64 size) {
  constexpr u64 kSamples = 32;
  constexpr u64 kSampleBytes = u64{64} << 10;
  static_assert(kSamples * kSampleBytes <= kDirectMinimumBytes);
  const auto page = static_cast<u64>(::sysconf(_SC_PAGESIZE));
  u64 cached = 0;
  for (u64 i = 0; i < kSamples; ++i) {
    base::CachestatRange range{size / kSamples * i / page * page, kSampleBytes};
    base::Cachestat state{};
    if (base::cachestat(descriptor, &range, &state) != 0) return std::nullopt;
    cached += state.cached;
  }
  return cached < kSamples * (kSampleBytes / page) / 2;
}

OpenFile::OpenFile(std::string path, base::OwnedFd buffered, IngestTelemetry& telemetry,
                   std::shared_ptr<const SharedFile> shared)
    : path_(std::move(path)),
      shared_(std::move(shared)),
      buffered_(std::move(buffered)),
      telemetry_(telemetry) {
  if (buffered_) telemetry_.opens.add();
}

OpenFile::~OpenFile() { telemetry_.closes.add((buffered_ ? 1u : 0u) + (direct_ ? 1u : 0u)); }

Result<std::unique_ptr<OpenFile>> OpenFile::open(std::string path, IoPolicy policy,
                                                 IngestTelemetry& telemetry,
                                                 std::shared_ptr<const SharedFile> shared) {
  const auto failed = [&telemetry](Error error) {
    telemetry.opens_failed.add();
    return tl::unexpected(std::move(error));
  };
  base::OwnedFd buffered;
  if (shared == nullptr) {
    auto opened = open_regular_file(path);
    if (!opened) return failed(std::move(opened.error()));
    buffered = std::move(*opened);
  } else {
    buffered = reopen(shared->descriptor, 0);
  }
  std::unique_ptr<OpenFile> made(
      new OpenFile(std::move(path), std::move(buffered), telemetry, std::move(shared)));
  if (Status chosen = made->choose(policy); !chosen) return failed(std::move(chosen.error()));
  return made;
}

int OpenFile::buffered() const noexcept {
  return buffered_ ? buffered_.get() : shared_->descriptor.get();
}

// One that the path leads to by now, but is not the file, is none.
base::OwnedFd OpenFile::open_direct() const {
  if (shared_) return reopen(shared_->descriptor, O_DIRECT);
  base::OwnedFd direct(::open(path_.c_str(), O_RDONLY | O_DIRECT | O_NOCTTY | O_CLOEXEC));
  return direct && same_file(direct.get(), buffered()) ? std::move(direct) : base::OwnedFd();
}

Status OpenFile::choose(IoPolicy policy) {
  policy_ = policy;
  if (policy == IoPolicy::kBuffered) return {};
  if (policy == IoPolicy::kAuto) {
    const u64 size = current_size();
    obstacle_ = PathReason::kSmall;
    if (size < kDirectMinimumBytes) return {};
    obstacle_ = PathReason::kCached;
    const auto uncached = shared_ ? shared_->uncached : mostly_uncached(buffered(), size);
    if (!uncached.value_or(false)) return {};
  }
  errno = 0;
  base::OwnedFd direct = open_direct();
  const int refusal = direct ? 0 : errno;
  if (direct && alignment_suffices(direct.get())) {
    telemetry_.opens.add();
    direct_ = std::move(direct);
    obstacle_.reset();
    return {};
  }
  obstacle_ = PathReason::kDirectRefused;
  if (policy == IoPolicy::kAuto) {
    count_refusal();
    return {};
  }
  if (refusal != 0 && refusal != EINVAL) {
    return tl::unexpected(file_error("open with O_DIRECT", refusal));
  }
  return tl::unexpected(unavailable("the file system refuses O_DIRECT at 4096-byte alignment",
                                    "read this file buffered"));
}

// Parts are one file.
bool OpenFile::count_refusal() {
  if (shared_ && shared_->refusal_told.exchange(true)) return false;
  telemetry_.direct_refused.add();
  return true;
}

bool OpenFile::bypass_is_certain() const noexcept {
  return direct_ && base::direct_alignment(direct_.get()).has_value();
}

bool OpenFile::fall_back_to_buffered() {
  if (policy_ != IoPolicy::kAuto || !direct_) return false;
  direct_.reset();
  obstacle_ = PathReason::kDirectRefused;
  telemetry_.closes.add();
  return count_refusal();
}

u64 OpenFile::current_size() const noexcept {
  struct stat state {};
  if (::fstat(buffered(), &state) != 0 || state.st_size < 0) return 0;
  return static_cast<u64>(state.st_size);
}

Result<std::size_t> read_whole(int descriptor, u64 offset, std::span<char> target) {
  std::size_t done = 0;
  while (done < target.size()) {
    const ssize_t count = ::pread(descriptor, target.data() + done, target.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected(file_error("read", errno));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<std::size_t> OpenFile::read_again(std::uint64_t offset, std::span<char> target) const {
  const auto done = read_whole(buffered(), offset, target);
  if (done) telemetry_.read_again_bytes.add(*done);
  return done;
}

}  // namespace vyre::ingest
