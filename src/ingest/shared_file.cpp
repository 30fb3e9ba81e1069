#include "ingest/shared_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "ingest/open_file.hpp"

namespace vyre::ingest {

Result<std::shared_ptr<const SharedFile>> SharedFile::open(const std::string& path) {
  auto descriptor = open_regular_file(path);
  if (!descriptor) return tl::unexpected(std::move(descriptor.error()));
  struct stat state {};
  if (::fstat(descriptor->get(), &state) != 0) return tl::unexpected(file_error("fstat", errno));
  const auto file = std::make_shared<SharedFile>();
  file->descriptor = std::move(*descriptor);
  file->size = state.st_size < 0 ? 0 : static_cast<u64>(state.st_size);
  if (file->size >= kDirectMinimumBytes) {
    file->uncached = mostly_uncached(file->descriptor.get(), file->size);
  }
  return std::shared_ptr<const SharedFile>(file);
}

}  // namespace vyre::ingest
