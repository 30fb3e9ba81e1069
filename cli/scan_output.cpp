#include "cli/scan_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "ingest/open_file.hpp"

namespace vyre::cli {
namespace {

Status check_regular(int descriptor, const std::string& name) {
  struct stat state {};
  if (::fstat(descriptor, &state) != 0) return tl::unexpected(syscall_error("stat " + name, errno));
  if (S_ISREG(state.st_mode)) return {};
  return tl::unexpected(invalid_argument(
      fmt::format("{} is {}, from which a scan with --checkpoint could take nothing back", name,
                  ingest::kind_of_file(state.st_mode)),
      "give --output FILE, or append standard output to a file with >>"));
}

}  // namespace

Result<ScanOutput> ScanOutput::open(const std::string& path, bool resumable) {
  ScanOutput output;
  if (!path.empty() && path != "-") {
    // A pipe that nobody reads yet is no reason to wait where it will be refused.
    const int way = resumable ? O_APPEND | O_NONBLOCK : O_TRUNC;
    output.name_ = path;
    output.file_ = base::OwnedFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | way, 0666));
    if (!output.file_) return tl::unexpected(syscall_error("open output " + path, errno));
  }
  if (!resumable) return output;
  if (auto regular = check_regular(output.descriptor(), output.name_); !regular) {
    return tl::unexpected(std::move(regular.error()));
  }
  return output;
}

Result<ScanOutput> ScanOutput::adopt(int descriptor, const std::string& path) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
    return tl::unexpected(
        invalid_argument(fmt::format("descriptor {} is not the output {}", descriptor, path),
                         "begin the scan anew"));
  }
  ScanOutput output;
  output.name_ = path;
  output.file_ = base::OwnedFd(descriptor);
  return output;
}

int ScanOutput::descriptor() const noexcept { return file_ ? file_.get() : STDOUT_FILENO; }

}  // namespace vyre::cli
