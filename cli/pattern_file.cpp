#include "cli/pattern_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/owned_fd.hpp"

namespace vyre::cli {
namespace {

Result<std::string> read_all(int descriptor, const std::string& path) {
  std::string text;
  std::array<char, 64 * 1024> block;
  while (true) {
    const ssize_t taken = ::read(descriptor, block.data(), block.size());
    if (taken == 0) return text;
    if (taken > 0) {
      text.append(block.data(), static_cast<std::size_t>(taken));
    } else if (errno != EINTR) {
      return tl::unexpected(syscall_error("read patterns from " + path, errno));
    }
  }
}

}  // namespace

Result<std::string> read_pattern_file(const std::string& path) {
  base::OwnedFd file;
  if (path != "-") {
    file = base::OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return tl::unexpected(syscall_error("open pattern file " + path, errno));
  }
  return read_all(file ? file.get() : STDIN_FILENO, path);
}

std::vector<std::string> pattern_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t newline = text.find('\n', begin);
    std::size_t end = newline == std::string_view::npos ? text.size() : newline;
    const std::size_t next = end + 1;
    if (newline != std::string_view::npos && end > begin && text[end - 1] == '\r') --end;
    lines.emplace_back(text.substr(begin, end - begin));
    begin = next;
  }
  return lines;
}

}  // namespace vyre::cli
