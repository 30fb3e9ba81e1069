#include "nvme/device_node.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/checked.hpp"

namespace vyre::nvme {
namespace {

namespace fs = std::filesystem;

constexpr u64 kPageBytes = 4096;

std::optional<u64> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::string text;
  u64 value = 0;
  if (!std::getline(file, text)) return std::nullopt;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

u64 bytes_of_block(const fs::path& device) {
  const u64 sectors = number_in(device / "size").value_or(0);
  return base::checked_multiply<u64>(sectors, kSectorBytes).value_or(0);
}

// "nvme0n1" -> "ng0n1" and back; empty for any other name.
std::string renamed(const std::string& name, const std::string& from, const std::string& to) {
  return name.rfind(from, 0) == 0 ? to + name.substr(from.size()) : std::string{};
}

fs::path device_folder(const char* kind, const struct stat& state, const DeviceRoots& roots) {
  std::error_code error;
  const fs::path link = fs::path(roots.sysfs) / "dev" / kind /
                        fmt::format("{}:{}", major(state.st_rdev), minor(state.st_rdev));
  const fs::path folder = fs::canonical(link, error);
  return error ? fs::path{} : folder;
}

DeviceNode describe_block(const fs::path& folder, const DeviceRoots& roots) {
  DeviceNode node{.kind = NodeKind::kBlock};
  if (folder.empty()) return node;
  node.name = folder.filename();
  node.bytes = bytes_of_block(folder);
  std::error_code error;
  node.partition = fs::exists(folder / "partition", error);
  if (node.partition) {
    node.sectors = {number_in(folder / "start").value_or(0), node.bytes / kSectorBytes};
  }
  const fs::path whole = node.partition ? folder.parent_path() : folder;
  const std::string generic = renamed(whole.filename(), "nvme", "ng");
  if (!generic.empty() && fs::exists(whole.parent_path() / generic, error)) {
    node.namespace_node = fs::path(roots.dev) / generic;
  }
  return node;
}

DeviceNode describe_character(const fs::path& folder) {
  if (folder.empty()) return {};
  std::error_code error;
  const std::string subsystem = fs::canonical(folder / "subsystem", error).filename();
  DeviceNode node{.name = folder.filename()};
  if (subsystem == "nvme-generic") {
    node.kind = NodeKind::kNamespace;
    const std::string block = renamed(node.name, "ng", "nvme");
    if (!block.empty()) node.bytes = bytes_of_block(folder.parent_path() / block);
    return node;
  }
  if (subsystem == "nvme") {
    node.kind = NodeKind::kController;
    return node;
  }
  return {};
}

}  // namespace

DeviceNode describe_node(const struct stat& state, const DeviceRoots& roots) {
  if (S_ISBLK(state.st_mode)) return describe_block(device_folder("block", state, roots), roots);
  if (S_ISCHR(state.st_mode)) return describe_character(device_folder("char", state, roots));
  return {};
}

u64 kernel_command_limit(const std::string& name, const DeviceRoots& roots) {
  const std::string block = renamed(name, "ng", "nvme");
  if (block.empty()) return 0;
  const fs::path queue = fs::path(roots.sysfs) / "class" / "block" / block / "queue";
  const u64 kibibytes = number_in(queue / "max_hw_sectors_kb").value_or(0);
  const u64 segments = number_in(queue / "max_segments").value_or(0);
  if (kibibytes == 0 || segments == 0) return 0;
  const u64 by_size = base::checked_multiply<u64>(kibibytes, 1024).value_or(0);
  // Memory may lie in pages that do not follow each other, and begin within one.
  const u64 by_pages = base::checked_multiply<u64>(segments - 1, kPageBytes).value_or(0);
  return std::min(by_size, by_pages);
}

}  // namespace vyre::nvme
