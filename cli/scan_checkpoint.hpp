#pragma once

#include <memory>
#include <string>

#include "cli/scan_options.hpp"
#include "cli/scan_output.hpp"
#include "scan/checkpoint/checkpoint.hpp"
#include "scan/confirm/scan_job.hpp"
#include "vyre/error.hpp"

namespace vyre::cli {

/// What decides the output of a scan: version, patterns or rules by content, paths and where they
/// begin, blocks, form of output. Threads, backend and ways of reading do not, and may change.
scan::CommandIdentity identity_of(const ScanOptions& options, const scan::ScanRequest& request);

/// Begins --checkpoint, or goes on with it. Errors as for Checkpoint::open.
Result<std::unique_ptr<scan::Checkpoint>> open_checkpoint(const ScanOptions& options,
                                                          scan::CommandIdentity identity,
                                                          const ScanOutput& output);

/// One line on what earlier runs did.
std::string resumed_text(const std::string& path, const scan::Recovered& before);

}  // namespace vyre::cli
