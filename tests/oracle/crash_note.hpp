#pragma once

#include "wire/platform.hpp"

namespace vyre::oracle {

/// Should the process die from now on, by a signal or by a sanitizer's judgement, it says first
/// which case it was at.
void note_case(u64 seed);

}  // namespace vyre::oracle
