#include "cli/own_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace vyre::cli {
namespace {

std::string_view last_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

void OwnFiles::add(int descriptor) { add(fmt::format("/proc/self/fd/{}", descriptor)); }

void OwnFiles::add(const std::string& path) {
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0 || !S_ISREG(state.st_mode)) return;
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  // A file without a name is in no tree.
  if (!real) return;
  files_.push_back({std::string(last_name(real.get())), state.st_dev, state.st_ino});
}

bool OwnFiles::contains(const std::string& path) const {
  const std::string_view name = last_name(path);
  return std::ranges::any_of(files_, [&](const File& file) {
    struct stat state {};
    return file.name == name && ::stat(path.c_str(), &state) == 0 && state.st_dev == file.device &&
           state.st_ino == file.inode;
  });
}

}  // namespace vyre::cli
