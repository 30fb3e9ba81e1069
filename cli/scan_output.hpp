#pragma once

#include <string>

#include "base/owned_fd.hpp"
#include "vyre/error.hpp"

namespace vyre::cli {

/// Where a scan's results go: standard output, or a file.
class ScanOutput {
 public:
  /// `path` is empty or "-" for standard output. A file that exists is emptied, but where the scan
  /// can be gone on with (`resumable`): then its checkpoint says what becomes of it, and only a
  /// regular file will do. Errors: InvalidArgument, Syscall.
  static Result<ScanOutput> open(const std::string& path, bool resumable);

  /// Goes on with what another process opened by `path`: `descriptor`, which becomes its own and
  /// ends with the next exec. InvalidArgument where it cannot be written to.
  static Result<ScanOutput> adopt(int descriptor, const std::string& path);

  [[nodiscard]] int descriptor() const noexcept;
  /// For errors.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Was opened by its path.
  [[nodiscard]] bool own() const noexcept { return static_cast<bool>(file_); }

 private:
  base::OwnedFd file_;
  std::string name_ = "standard output";
};

}  // namespace vyre::cli
