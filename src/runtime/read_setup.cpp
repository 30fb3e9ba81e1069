#include "runtime/read_setup.hpp"

#include <fmt/format.h>

namespace vyre {

std::string_view to_string(RingProfile profile) noexcept {
  switch (profile) {
    case RingProfile::kDefault:
      return "default";
    case RingProfile::kSqPoll:
      return "sqpoll";
    case RingProfile::kIoPoll:
      return "iopoll";
  }
  return "unknown";
}

namespace runtime {

Result<ReadSetup> read_setup(const SessionOptions& options) {
  const bool past_the_cache = options.path == PathChoice::kPassthrough ||
                              options.path == PathChoice::kPeer ||
                              options.ring == RingProfile::kIoPoll;
  if (options.io == IoPolicy::kBuffered && past_the_cache) {
    return tl::unexpected(invalid_argument(
        fmt::format("the page cache was asked for, and path {} with ring profile {}, which goes "
                    "past it",
                    to_string(options.path), to_string(options.ring)),
        "leave out one of the two"));
  }
  if (!options.peer_device.empty() && options.path != PathChoice::kPeer) {
    return tl::unexpected(
        invalid_argument(fmt::format("the memory of PCI device {} was asked for, and path {}, "
                                     "which does not use it",
                                     options.peer_device, to_string(options.path)),
                         "use PathChoice::kPeer"));
  }
  return ReadSetup{.io = options.io,
                   .path = options.path,
                   .profile = options.ring,
                   .devices = options.devices || options.path == PathChoice::kPassthrough ||
                              options.path == PathChoice::kPeer,
                   .peer_device = options.peer_device};
}

}  // namespace runtime
}  // namespace vyre
