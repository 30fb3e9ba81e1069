#pragma once

#include <span>
#include <vector>

#include "wire/outcome.hpp"

namespace vyre::testing {

/// Sorts each list by a thread block of its own. Aborts where the device fails, or where a byte
/// around a list has changed.
void sort_on_device(std::span<std::vector<wire::Record>> lists);

}  // namespace vyre::testing
