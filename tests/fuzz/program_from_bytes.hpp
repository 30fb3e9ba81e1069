#pragma once

#include "tests/fuzz/byte_source.hpp"
#include "vyre/program.hpp"

namespace vyre::fuzz {

/// Reads all of the input as a program. Most inputs become one that verify() accepts and that runs
/// without fault: registers are set first, loops are closed, branches land, names are declared, and
/// accesses stand behind comparisons; the input chooses where they do not. An input that asks for
/// it becomes a program without any of this.
Program program_from_bytes(ByteSource in);

}  // namespace vyre::fuzz
