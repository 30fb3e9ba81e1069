#include "ingest/open_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

Result<base::OwnedFd> duplicate(const base::OwnedFd& file) {
  base::OwnedFd copy(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return tl::unexpected(file_error("fcntl", errno));
  return copy;
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

OpenFile::OpenFile(std::string path, base::OwnedFd buffered, IngestTelemetry& telemetry,
                   const PartRange& range)
    : path_(std::move(path)), range_(range), buffered_(std::move(buffered)), telemetry_(telemetry) {
  telemetry_.opens.add();
}

OpenFile::~OpenFile() { telemetry_.closes.add(direct_ ? 2 : 1); }

Result<std::unique_ptr<OpenFile>> OpenFile::open(std::string path, IoPolicy policy,
                                                 IngestTelemetry& telemetry, const FilePart* part) {
  auto buffered = part == nullptr ? open_regular_file(path) : duplicate(*part->file);
  if (!buffered) {
    telemetry.opens_failed.add();
    return tl::unexpected(std::move(buffered.error()));
  }
  std::unique_ptr<OpenFile> made(new OpenFile(std::move(path), std::move(*buffered), telemetry,
                                              part == nullptr ? PartRange{} : part->range));
  if (Status chosen = made->choose(policy); !chosen) {
    telemetry.opens_failed.add();
    return tl::unexpected(std::move(chosen.error()));
  }
  return made;
}

// Whether most of what is to be read is absent from the page cache, by samples that lie evenly in
// it; nothing where the kernel cannot tell. To be told of a page takes it some 70 ns, which for all
// pages comes to a tenth of what reading them takes.
std::optional<bool> OpenFile::mostly_uncached(u64 size) const {
  constexpr u64 kMostSamples = 32;
  constexpr u64 kSampleBytes = u64{64} << 10;
  const auto page = static_cast<u64>(::sysconf(_SC_PAGESIZE));
  const u64 bytes = std::max(range_.end.value_or(size), range_.begin) - range_.begin;
  const u64 samples =
      std::clamp<u64>(bytes / (kDirectMinimumBytes / kMostSamples), 1, kMostSamples);
  u64 cached = 0;
  for (u64 i = 0; i < samples; ++i) {
    base::CachestatRange range{(range_.begin + bytes / samples * i) / page * page, kSampleBytes};
    base::Cachestat state{};
    if (base::cachestat(buffered_.get(), &range, &state) != 0) return std::nullopt;
    cached += state.cached;
  }
  return cached < samples * (kSampleBytes / page) / 2;
}

Status OpenFile::choose(IoPolicy policy) {
  policy_ = policy;
  if (policy == IoPolicy::kBuffered) return {};
  if (policy == IoPolicy::kAuto) {
    const u64 size = current_size();
    obstacle_ = PathReason::kSmall;
    if (size < kDirectMinimumBytes) return {};
    obstacle_ = PathReason::kCached;
    if (!mostly_uncached(size).value_or(false)) return {};
  }
  base::OwnedFd direct(::open(path_.c_str(), O_RDONLY | O_DIRECT | O_NOCTTY | O_CLOEXEC));
  const int refusal = direct ? 0 : errno;
  if (direct && same_file(direct.get(), buffered_.get()) && alignment_suffices(direct.get())) {
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
void OpenFile::count_refusal() {
  if (range_.begin == 0) telemetry_.direct_refused.add();
}

bool OpenFile::bypass_is_certain() const noexcept {
  return direct_ && base::direct_alignment(direct_.get()).has_value();
}

bool OpenFile::fall_back_to_buffered() {
  if (policy_ != IoPolicy::kAuto || !direct_) return false;
  direct_.reset();
  obstacle_ = PathReason::kDirectRefused;
  telemetry_.closes.add();
  count_refusal();
  return true;
}

u64 OpenFile::current_size() const noexcept {
  struct stat state {};
  if (::fstat(buffered_.get(), &state) != 0 || state.st_size < 0) return 0;
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
  const auto done = read_whole(buffered_.get(), offset, target);
  if (done) telemetry_.read_again_bytes.add(*done);
  return done;
}

}  // namespace vyre::ingest
