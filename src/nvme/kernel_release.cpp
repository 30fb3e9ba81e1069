#include "nvme/kernel_release.hpp"

#include <sys/utsname.h>

#include <charconv>
#include <utility>

namespace vyre::nvme {

bool takes_registered_memory(std::string_view release) noexcept {
  constexpr std::pair<int, int> kFirst{6, 12};
  std::pair<int, int> version{0, 0};
  const char* const end = release.data() + release.size();
  const auto [dot, error] = std::from_chars(release.data(), end, version.first);
  if (error != std::errc{} || dot == end || *dot != '.') return false;
  if (std::from_chars(dot + 1, end, version.second).ec != std::errc{}) return false;
  return version >= kFirst;
}

bool kernel_takes_registered_memory() noexcept {
  utsname names{};
  return ::uname(&names) == 0 && takes_registered_memory(names.release);
}

}  // namespace vyre::nvme
