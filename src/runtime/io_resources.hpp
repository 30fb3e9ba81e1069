#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/owned_fd.hpp"
#include "vyre/error.hpp"
#include "wire/control.hpp"
#include "wire/platform.hpp"

namespace vyre::runtime {

/// What a handle names.
struct IoResource {
  /// Valid as long as the table.
  int descriptor = -1;
  /// When it was registered; what was added to the file since cannot be loaded.
  u64 bytes = 0;
};

/// The files and block devices of which programs may ask for bytes: each tenant's own, by handles
/// 0, 1, ... of its own, so that nobody can name another's. None is taken back. Thread-safe.
class IoResources {
 public:
  /// Opens the file or block device for reading and returns its handle. Errors: InvalidArgument for
  /// a tenant that there cannot be or for what is neither file nor block device; Unavailable where
  /// the tenant has 65,536; Syscall.
  Result<u32> add(u32 tenant, const std::string& path);

  [[nodiscard]] std::optional<IoResource> find(u32 tenant, u32 handle) const;

 private:
  struct Entry {
    base::OwnedFd descriptor;
    u64 bytes;
  };
  mutable std::mutex mutex_;
  std::array<std::vector<Entry>, wire::kMaxTenants> entries_;
};

}  // namespace vyre::runtime
