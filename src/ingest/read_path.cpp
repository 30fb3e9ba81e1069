#include "vyre/read_path.hpp"

#include <array>

namespace vyre {

std::string_view to_string(ReadPath path) noexcept {
  constexpr std::array<std::string_view, kReadPaths> kNames = {
      "registered-mapped-read", "nvme-passthrough", "nvme-peer", "unregistered-read"};
  return kNames[static_cast<std::size_t>(path)];
}

std::string_view to_string(PathChoice choice) noexcept {
  constexpr std::array<std::string_view, 4> kNames = {"auto", "mapped", "passthrough", "peer"};
  return kNames[static_cast<std::size_t>(choice)];
}

}  // namespace vyre
