#include "doctor/text_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <utility>

#include "base/owned_fd.hpp"

namespace vyre::doctor {
namespace {

constexpr std::size_t kTextBytes = 4096;
constexpr std::size_t kMaximumEntries = 65536;
constexpr std::size_t kPrintedBytes = 200;
constexpr std::string_view kBlank{" \t\r\n\0", 5};

tl::unexpected<Error> failed(const char* call, const std::string& path) {
  return tl::unexpected(syscall_error(fmt::format("{} {}", call, path), errno));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

Result<std::string> read_bytes(const std::string& path, std::size_t limit) {
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return failed("open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed("fstat", path);
  if (!S_ISREG(status.st_mode)) {
    return tl::unexpected(invalid_argument(fmt::format("{} is no regular file", path)));
  }
  std::string bytes;
  std::array<char, 16384> block;
  // The kernel's files do not tell their sizes, so one byte beyond the limit says that it is
  // passed.
  while (bytes.size() <= limit) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
    if (got == 0) return bytes;
    bytes.append(block.data(), static_cast<std::size_t>(got));
  }
  return tl::unexpected(invalid_argument(fmt::format("{} is longer than {} bytes", path, limit)));
}

Result<std::string> read_text(const std::string& path) {
  auto bytes = read_bytes(path, kTextBytes);
  if (!bytes) return bytes;
  const std::size_t last = bytes->find_last_not_of(kBlank);
  bytes->resize(last == std::string::npos ? 0 : last + 1);
  return bytes;
}

Result<u64> read_number(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  if (const std::optional<u64> number = parse_number(*text)) return *number;
  return tl::unexpected(
      invalid_argument(fmt::format("{} holds \"{}\", which is no number", path, printable(*text))));
}

std::optional<u64> parse_number(std::string_view text) noexcept {
  text = trimmed(text);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  u64 number = 0;
  const char* const last = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), last, number, base);
  if (parsed.ec != std::errc() || parsed.ptr != last) return std::nullopt;
  return number;
}

Result<std::vector<std::string>> folder_entries(const std::string& folder) {
  const auto close_folder = [](DIR* open) { ::closedir(open); };
  const std::unique_ptr<DIR, decltype(close_folder)> open(::opendir(folder.c_str()), close_folder);
  if (!open) return failed("opendir", folder);
  std::vector<std::string> names;
  while (names.size() < kMaximumEntries) {
    const dirent* const entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(a.size(), std::string_view(a)) < std::pair(b.size(), std::string_view(b));
  });
  return names;
}

std::string printable(std::string_view text) {
  const bool cut = text.size() > kPrintedBytes;
  std::string out;
  for (const char byte : text.substr(0, kPrintedBytes)) {
    if (byte >= ' ' && byte <= '~') {
      out += byte;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return cut ? out + "..." : out;
}

bool is_absence(const Error& error) noexcept {
  return error.code == ErrorCode::kSyscall && (error.detail == ENOENT || error.detail == ENOTDIR);
}

std::string told_absence(const std::string& path, const Error& error) {
  return is_absence(error) ? path + " does not exist" : error.what;
}

std::string size_text(u64 bytes) {
  constexpr std::array<const char*, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace vyre::doctor
