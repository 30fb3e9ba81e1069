#pragma once

namespace vyre::backend::translation {

/// What helps where the driver takes no machine code of ours.
inline constexpr const char* kLinkerFix =
    "have programs interpreted (`vyre run --interpret`, SessionOptions::compile_programs), and "
    "report this as a bug";

}  // namespace vyre::backend::translation
