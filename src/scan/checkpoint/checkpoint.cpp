#include "scan/checkpoint/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

namespace vyre::scan {
namespace {

Status failed(const std::string& what, std::string fix = {}) {
  return tl::unexpected(syscall_error(what, errno, std::move(fix)));
}

// Empty where the kernel does not tell: then every run seems to be of one boot.
std::string this_boot() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(file, boot);
  return boot;
}

Result<base::OwnedFd> open_journal(const std::string& path) {
  base::OwnedFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!file) return tl::unexpected(syscall_error("open checkpoint " + path, errno));
  struct stat state {};
  if (::fstat(file.get(), &state) != 0) {
    return tl::unexpected(syscall_error("stat checkpoint " + path, errno));
  }
  if (!S_ISREG(state.st_mode)) {
    return tl::unexpected(
        invalid_argument(fmt::format("the checkpoint {} is not a regular file", path),
                         "give --checkpoint a file of its own, which need not exist"));
  }
  // Ends with the process, however that ends.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) {
    return tl::unexpected(syscall_error("lock checkpoint " + path, errno));
  }
  return tl::unexpected(
      unavailable(fmt::format("another process works with the checkpoint {}", path),
                  "wait for its end, or give another checkpoint"));
}

Status check_apart(const base::OwnedFd& journal, const CheckpointOptions& options) {
  struct stat first {};
  struct stat second {};
  if (::fstat(journal.get(), &first) != 0 || ::fstat(options.output, &second) != 0) {
    return failed("stat " + options.path);
  }
  if (first.st_dev != second.st_dev || first.st_ino != second.st_ino) return {};
  return tl::unexpected(
      invalid_argument(fmt::format("{} is both the checkpoint and the output", options.path),
                       "give --checkpoint a file of its own"));
}

Result<std::uint64_t> size_of(int descriptor, const std::string& name) {
  struct stat state {};
  if (::fstat(descriptor, &state) != 0) return tl::unexpected(syscall_error("stat " + name, errno));
  return static_cast<std::uint64_t>(state.st_size);
}

Result<Recovered> begin_anew(const CheckpointOptions& options) {
  Recovered none;
  const auto seed = FileMarks::new_seed();
  if (!seed) return tl::unexpected(seed.error());
  none.command.seed = *seed;
  auto size = size_of(options.output, options.output_name);
  if (!size) return tl::unexpected(std::move(size.error()));
  none.command.output_begin = options.replace_output ? 0 : *size;
  none.command.identity = options.command.encode();
  none.output = {.length = none.command.output_begin, .hash = none.command.seed};
  return none;
}

Result<Recovered> go_on(const CheckpointOptions& options, int journal) {
  // The descriptor that is given may be for writing alone.
  const std::string link = fmt::format("/proc/self/fd/{}", options.output);
  const base::OwnedFd output(::open(link.c_str(), O_RDONLY | O_CLOEXEC));
  if (!output) {
    return tl::unexpected(syscall_error("read back " + options.output_name, errno,
                                        "let the output be readable: what is there is checked"));
  }
  return recover({.journal = journal,
                  .path = options.path,
                  .output = output.get(),
                  .output_name = options.output_name,
                  .command = &options.command,
                  .boot = this_boot()});
}

}  // namespace

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(CheckpointOptions options) {
  auto journal = open_journal(options.path);
  if (!journal) return tl::unexpected(std::move(journal.error()));
  if (auto apart = check_apart(*journal, options); !apart) {
    return tl::unexpected(std::move(apart.error()));
  }
  const auto size = size_of(journal->get(), options.path);
  if (!size) return tl::unexpected(size.error());
  auto before = *size == 0 ? begin_anew(options) : go_on(options, journal->get());
  if (!before) return tl::unexpected(std::move(before.error()));
  std::unique_ptr<Checkpoint> checkpoint(new Checkpoint(std::move(options), std::move(*before)));
  if (checkpoint->before_.exit_code) return checkpoint;
  if (auto begun = checkpoint->begin(std::move(*journal), *size == 0); !begun) {
    return tl::unexpected(std::move(begun.error()));
  }
  return checkpoint;
}

Status Checkpoint::begin(base::OwnedFd journal, bool fresh) {
  struct stat output {};
  if (::fstat(options_.output, &output) != 0) return failed("stat " + options_.output_name);
  const int descriptor = journal.get();
  auto writer = JournalWriter::open(std::move(journal), options_.path, before_.journal);
  if (!writer) return tl::unexpected(std::move(writer.error()));
  journal_ = std::move(*writer);
  if (fresh) {
    if (auto done = journal_.append(RecordKind::kCommand, before_.command.encode()); !done) {
      return done;
    }
  }
  const RunRecord run{.boot = this_boot(), .device = output.st_dev, .inode = output.st_ino};
  Status begun = journal_.append(RecordKind::kRun, run.encode());
  if (begun) begun = cut_output(before_.output.length);
  // A checkpoint that could not begin shall not stand in the way of the next.
  if (!begun && fresh) static_cast<void>(::ftruncate(descriptor, 0));
  vouched_ = before_.output;
  chain_.restart(vouched_);
  return begun;
}

Status Checkpoint::cut_output(std::uint64_t length) {
  const auto end = static_cast<off_t>(length);
  const auto size = size_of(options_.output, options_.output_name);
  if (!size) return tl::unexpected(size.error());
  if (*size != length && ::ftruncate(options_.output, end) != 0) {
    return failed("cut " + options_.output_name);
  }
  if (::lseek(options_.output, end, SEEK_SET) != end) {
    return failed("seek in " + options_.output_name);
  }
  return {};
}

void Checkpoint::written(std::string_view text) { chain_.add(text); }

Status Checkpoint::vouch(const FinishedFiles& files) {
  const OutputPoint point = chain_.point();
  const std::lock_guard lock(mutex_);
  if (auto done = append_files(files, point); !done) return done;
  vouched_ = point;
  chain_.restart(point);
  return {};
}

Status Checkpoint::vouch_silent(const FinishedFiles& files) {
  const std::lock_guard lock(mutex_);
  return append_files(files, vouched_);
}

Status Checkpoint::take_back() {
  const std::lock_guard lock(mutex_);
  chain_.restart(vouched_);
  return cut_output(vouched_.length);
}

Status Checkpoint::append_files(const FinishedFiles& files, const OutputPoint& output) {
  const FilesRecord record{.output = output, .nanoseconds = nanoseconds(), .files = {}};
  return journal_.append(RecordKind::kFiles, record.encode(files));
}

Status Checkpoint::end(int exit_code) {
  const EndRecord record{.output = chain_.point(),
                         .nanoseconds = nanoseconds(),
                         .exit_code = static_cast<std::uint64_t>(exit_code)};
  const std::lock_guard lock(mutex_);
  return journal_.append(RecordKind::kEnd, record.encode());
}

std::uint64_t Checkpoint::nanoseconds() const {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now() - start_)
                                        .count());
}

}  // namespace vyre::scan
