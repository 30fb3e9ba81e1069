#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "vyre/path_certificate.hpp"

namespace vyre::cli {

// A session's path certificate, told with the paths that the user gave; none stands for the current
// directory.

/// A line for each given path and each way that bytes of it took, best first, with why no better
/// one was taken; for the first 16 given paths, and sums for the others.
std::string certificate_lines(const PathCertificate& certificate,
                              std::span<const std::string> given);

/// [{"path", "taken": [{"path", "reads", "bytes"}], "not_taken": [{"path", "reason", "explanation",
/// "sources", and "detail" where there is one}]}] for every given path.
nlohmann::ordered_json certificate_json(const PathCertificate& certificate,
                                        std::span<const std::string> given);

/// Blocks of devices that could not be read; empty where there were none.
std::string bad_block_line(const IngestTelemetry& ingest);

}  // namespace vyre::cli
