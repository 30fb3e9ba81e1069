#pragma once

#include <string_view>

#include "nvme/read_command.hpp"
#include "nvme/status.hpp"
#include "vyre/error.hpp"

namespace vyre::nvme {

/// How a command was sent, as far as refusals depend on it.
struct CommandWay {
  /// Into memory registered with the ring (FIXED).
  bool registered = false;
  /// Into peer memory.
  bool peer = false;
  /// By a ring that polls for completions.
  bool polled = false;
};

/// Why the kernel refused a command for `blocks` with `error_number` before any device saw it, and
/// the fix.
Error command_refused(int error_number, BlockSpan blocks, const CommandWay& way);

/// What the device said of a command for `blocks`. The error's detail is the errno that the block
/// layer would give: ENODATA for a media error, else EIO.
Error device_error(DeviceStatus status, BlockSpan blocks);

/// Why a node could not be opened or asked: for EACCES and EPERM, what permission is lacking.
Error node_refused(std::string_view operation, const std::string& path, int error_number);

/// The device is not there any more: no further command can succeed.
bool is_gone(int error_number) noexcept;

}  // namespace vyre::nvme
