#pragma once

namespace vyre::backend::translation {

/// What helps where the driver takes no machine code of ours.
inline constexpr const char* kLinkerFix =
    "report this as a bug; `vyre run --interpret` (SessionOptions::compile_programs) does not try";

}  // namespace vyre::backend::translation
