#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/stream_arguments.hpp"
#include "vyre/error.hpp"
#include "vyre/session.hpp"

namespace vyre::cli {

/// What the paths on the command line are.
struct GivenSources {
  /// Block and character devices.
  std::uint32_t devices = 0;
  /// Of these, block devices and NVMe namespaces.
  std::uint32_t with_blocks = 0;
  /// Everything else, paths that are not there included.
  std::uint32_t others = 0;
};

/// Looks at the paths by name alone. InvalidArgument, naming the first path that is to blame, where
/// the arguments cannot be meant for them: --lba without a device or for a file, NVMe commands or
/// polling for what is no device.
Result<GivenSources> look_at_sources(const std::vector<std::string>& paths,
                                     const StreamArguments& arguments);

/// The options of a session for these sources, as far as all commands have them in common.
SessionOptions session_options(const StreamArguments& arguments, const GivenSources& sources);

}  // namespace vyre::cli
