#pragma once

#include <string>

#include "vyre/error.hpp"
#include "vyre/session.hpp"

namespace vyre::runtime {

/// How a session's rings read.
struct ReadSetup {
  IoPolicy io = IoPolicy::kAuto;
  PathChoice path = PathChoice::kAuto;
  RingProfile profile = RingProfile::kDefault;
  /// Sources may need NVMe commands.
  bool devices = false;
  /// See SessionOptions::peer_device.
  std::string peer_device = {};
};

/// What the options ask for. InvalidArgument where they contradict each other: the page cache with
/// a path or a profile that goes past it, a device's memory with a path that does not use it.
Result<ReadSetup> read_setup(const SessionOptions& options);

}  // namespace vyre::runtime
