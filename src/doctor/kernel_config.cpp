#include "doctor/kernel_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <array>
#include <utility>
#include <vector>

#include "doctor/text_file.hpp"

namespace vyre::doctor {
namespace {

// Distributions' are 0.3 MiB, 60 KiB compressed.
constexpr std::size_t kConfigBytes = std::size_t{8} << 20;
// A kernel's with all its modules is near 15 MiB.
constexpr std::size_t kSymbolsBytes = std::size_t{256} << 20;

Result<std::string> gunzip(const std::string& path, std::string& compressed) {
  const auto broken = [&path](const char* why) {
    return tl::unexpected(invalid_argument(fmt::format("{} cannot be unpacked: {}", path, why)));
  };
  z_stream stream{};
  // 16 more than the window's size asks for gzip's head (zlib.h, inflateInit2).
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return broken("no memory");
  stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string text;
  std::array<Bytef, 65536> block;
  int state = Z_OK;
  while (state == Z_OK && text.size() <= kConfigBytes) {
    stream.next_out = block.data();
    stream.avail_out = static_cast<uInt>(block.size());
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(reinterpret_cast<const char*>(block.data()), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (text.size() > kConfigBytes) return broken("it is too long");
  if (state != Z_STREAM_END) return broken("it is damaged");
  return text;
}

Result<KernelConfig> read_config(const std::string& path, bool packed) {
  auto bytes = read_bytes(path, kConfigBytes);
  if (bytes && packed) bytes = gunzip(path, *bytes);
  if (!bytes) return tl::unexpected(bytes.error());
  if (bytes->find("CONFIG_") == std::string::npos) {
    return tl::unexpected(invalid_argument(path + " names no option"));
  }
  return KernelConfig{path, std::move(*bytes)};
}

}  // namespace

char KernelConfig::setting(std::string_view option) const {
  const std::string wanted = fmt::format("{}=", option);
  for (std::size_t at = text.find(wanted); at != std::string::npos;
       at = text.find(wanted, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    const std::size_t value = at + wanted.size();
    const char first = value < text.size() ? text[value] : 'n';
    return first == 'y' || first == 'm' ? first : 'n';
  }
  return 'n';
}

std::string KernelConfig::told(std::string_view option) const {
  const char set = setting(option);
  if (set == 'n') return fmt::format("{} is not set ({})", option, path);
  return fmt::format("{}={} ({})", option, set, path);
}

Result<KernelConfig> read_kernel_config(const Roots& roots, std::string_view release) {
  std::vector<std::string> reasons;
  const auto tried = [&reasons](const std::string& path, bool packed) {
    auto config = read_config(path, packed);
    if (!config) reasons.push_back(told_absence(path, config.error()));
    return config;
  };
  if (auto config = tried(roots.proc + "/config.gz", true)) return config;
  // A release is one component of a path; anything else would leave the folder.
  if (!release.empty() && release.find('/') == std::string_view::npos) {
    if (auto config = tried(fmt::format("{}/config-{}", roots.boot, release), false)) return config;
    if (auto config = tried(fmt::format("{}/{}/config", roots.modules, release), false)) {
      return config;
    }
  }
  return tl::unexpected(unavailable(
      fmt::format("the kernel's configuration cannot be read: {}", fmt::join(reasons, "; ")),
      fmt::format("let this user read {}/config-{}", roots.boot, release)));
}

Result<bool> kernel_has_symbol(const Roots& roots, std::string_view prefix) {
  const std::string path = roots.proc + "/kallsyms";
  const auto text = read_bytes(path, kSymbolsBytes);
  if (!text) return tl::unexpected(text.error());
  if (text->empty()) return tl::unexpected(unavailable(path + " is empty", ""));
  return text->find(fmt::format(" {}", prefix)) != std::string::npos;
}

}  // namespace vyre::doctor
