#pragma once

#include "doctor/row.hpp"
#include "vyre/backend.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {

/// What `--backend auto` comes to: opens a session of one ring, as `vyre scan` would, and says what
/// it runs on. On a GPU that takes as long as CUDA needs to start, some tenths of a second.
Result<BackendDescription> try_session();

/// "session", required.
Row session_row(const Result<BackendDescription>& opened);

}  // namespace vyre::doctor
