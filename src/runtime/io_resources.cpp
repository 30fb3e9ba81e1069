#include "runtime/io_resources.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "wire/io_slot.hpp"

namespace vyre::runtime {
namespace {

tl::unexpected<Error> failed(const std::string& what, const std::string& path) {
  return tl::unexpected(syscall_error(fmt::format("{} of the resource {}", what, path), errno,
                                      "name a file or block device that can be read"));
}

/// Of a file or block device.
Result<u64> size_of(const base::OwnedFd& descriptor, const std::string& path) {
  struct stat state {};
  if (::fstat(descriptor.get(), &state) != 0) return failed("fstat", path);
  if (!S_ISREG(state.st_mode) && !S_ISBLK(state.st_mode)) {
    return tl::unexpected(
        invalid_argument(fmt::format("the resource {} is neither a file nor a block device", path),
                         "name one whose bytes can be read at any offset"));
  }
  const off_t end = ::lseek(descriptor.get(), 0, SEEK_END);
  if (end < 0) return failed("lseek", path);
  return static_cast<u64>(end);
}

}  // namespace

Result<u32> IoResources::add(u32 tenant, const std::string& path) {
  if (tenant >= wire::kMaxTenants) {
    return tl::unexpected(
        invalid_argument(fmt::format("tenant {} of {}", tenant, wire::kMaxTenants),
                         fmt::format("use tenant 0 to {}", wire::kMaxTenants - 1)));
  }
  // Without O_NONBLOCK the open of a FIFO would wait for its writer.
  base::OwnedFd descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor) return failed("open", path);
  const auto bytes = size_of(descriptor, path);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::lock_guard lock(mutex_);
  std::vector<Entry>& entries = entries_[tenant];
  if (entries.size() == wire::kMaxResourcesPerTenant) {
    return tl::unexpected(unavailable(
        fmt::format("tenant {} has {} resources, the most there can be", tenant, entries.size()),
        "put what belongs together into one file"));
  }
  entries.push_back({std::move(descriptor), *bytes});
  return static_cast<u32>(entries.size() - 1);
}

std::optional<IoResource> IoResources::find(u32 tenant, u32 handle) const {
  if (tenant >= wire::kMaxTenants) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const std::vector<Entry>& entries = entries_[tenant];
  if (handle >= entries.size()) return std::nullopt;
  return IoResource{entries[handle].descriptor.get(), entries[handle].bytes};
}

}  // namespace vyre::runtime
