#pragma once

#include <string_view>

#include "wire/platform.hpp"

namespace vyre::simulation {

/// From now on, whatever ends the process (violate(), a check in the sources, a signal, a
/// sanitizer's judgement) names this seed and the command that replays it.
void note_seed(u64 seed);

/// An invariant does not hold: prints one line and ends the process with status 1.
[[noreturn]] void violate(std::string_view invariant, std::string_view what);

}  // namespace vyre::simulation
