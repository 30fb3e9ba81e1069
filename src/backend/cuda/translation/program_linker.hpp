#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "vyre/error.hpp"

namespace vyre::backend::translation {

/// Compiles PTX modules of programs (empty ones left out) and their directory_of() for the current
/// device and links them with the workers, by the driver, which keeps what it has compiled. Touches
/// the host alone, so kernels may run meanwhile. Errors: Unavailable, with the linker's own words.
Result<std::vector<std::byte>> link_with_worker(std::span<const std::string> modules,
                                                const std::string& directory);

}  // namespace vyre::backend::translation
