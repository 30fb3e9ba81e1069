#pragma once

#include <string_view>

namespace vyre::nvme {

/// Whether a kernel of this release ("6.12.3-amd64") takes commands into registered memory of any
/// length: measured, 6.1 refuses those whose memory's registration goes on for more than 127 pages,
/// 6.12 does not.
bool takes_registered_memory(std::string_view release) noexcept;

/// The same of the running kernel.
bool kernel_takes_registered_memory() noexcept;

}  // namespace vyre::nvme
