#include "runtime/trace_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/clock.hpp"

namespace vyre::runtime {
namespace {

// Times are in microseconds whatever the unit that viewers show. The event says where the first
// ring stands, so that all others can begin with a comma.
constexpr std::string_view kBegin =
    "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
    "{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"name\":\"process_sort_index\","
    "\"args\":{\"sort_index\":1}}";
constexpr std::string_view kEnd = "\n]}\n";

}  // namespace

Result<std::unique_ptr<TraceFile>> TraceFile::create(const std::string& path) {
  // A FIFO would else wait for its reader.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC;
  base::OwnedFd file(::open(path.c_str(), kFlags, 0666));
  if (!file) {
    return tl::unexpected(syscall_error(fmt::format("open of the trace {}", path), errno,
                                        "name a file in a folder that can be written"));
  }
  struct stat state {};
  if (::fstat(file.get(), &state) != 0 || !S_ISREG(state.st_mode)) {
    return tl::unexpected(invalid_argument(
        fmt::format("the trace {} is no regular file", path),
        "name a regular file: the end of what is written is overwritten again and again"));
  }
  if (::ftruncate(file.get(), 0) != 0) {
    return tl::unexpected(syscall_error(fmt::format("emptying of the trace {}", path), errno));
  }
  std::unique_ptr<TraceFile> made(new TraceFile(path, std::move(file)));
  made->write(kBegin);
  if (Status status = made->status(); !status) return tl::unexpected(std::move(status.error()));
  return made;
}

TraceFile::TraceFile(std::string path, base::OwnedFd file)
    : path_(std::move(path)), file_(std::move(file)), origin_(base::steady_nanoseconds()) {}

void TraceFile::append(std::string_view events) {
  const std::lock_guard lock(mutex_);
  if (status_) write(events);
}

void TraceFile::write(std::string_view events) {
  text_.assign(events);
  text_ += kEnd;
  std::string_view left = text_;
  std::uint64_t at = end_;
  while (!left.empty()) {
    const ssize_t written = ::pwrite(file_.get(), left.data(), left.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      status_ = tl::unexpected(syscall_error(
          fmt::format("write of {} bytes at {} of the trace {}", left.size(), at, path_),
          written < 0 ? errno : EIO, "make room, or name a file elsewhere"));
      return;
    }
    left.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  end_ += events.size();
}

Status TraceFile::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace vyre::runtime
