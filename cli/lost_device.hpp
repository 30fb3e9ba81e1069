#pragma once

#include "vyre/error.hpp"

namespace vyre::cli {

/// True where a session failed because its GPU broke or hangs. It may then never let go of the
/// memory and the context that the process would else release at its end.
[[nodiscard]] bool is_device_lost(const Status& done) noexcept;

/// Ends the process with `code` once what was written through stdio is out, without waiting for
/// anything: the kernel takes the device back. What the caller writes by descriptor must be out.
[[noreturn]] void exit_without_device(int code);

}  // namespace vyre::cli
