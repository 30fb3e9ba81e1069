#include "runtime/replay/log_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "runtime/replay/log_frame.hpp"

namespace vyre::runtime::replay {
namespace {

Error failed(const std::string& operation, const std::string& path) {
  return syscall_error(operation + " the replay log " + path, errno,
                       "give --record a path where a file can be written");
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::create(const std::string& path) {
  base::OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return tl::unexpected(failed("create", path));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::unexpected(failed("lock", path));
    return tl::unexpected(unavailable("another process records to the replay log " + path,
                                      "wait for it, or record to another file"));
  }
  // What is no regular file cannot be cut, and has nothing in it.
  if (::ftruncate(file.get(), 0) != 0 && errno != EINVAL) {
    return tl::unexpected(failed("empty", path));
  }
  std::unique_ptr<LogFile> log(new LogFile(path, std::move(file)));
  const LogHeader header = make_log_header();
  if (Status status = log->append(std::as_bytes(std::span(&header, 1))); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return log;
}

Status LogFile::append(std::span<const std::byte> records) {
  const std::lock_guard lock(mutex_);
  if (!status_) return status_;
  status_ = write(records);
  if (!status_) failed_.store(true, std::memory_order_release);
  return status_;
}

Status LogFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return tl::unexpected(
          syscall_error("write the replay log " + path_, errno,
                        "make room where it is written, or record without the inputs"));
    }
  }
  return {};
}

Status LogFile::status() const {
  if (!failed_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace vyre::runtime::replay
