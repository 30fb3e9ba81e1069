#pragma once

#include <string>

#include "vyre/error.hpp"

namespace vyre::doctor {

/// Reads the beginning of what lies at `path` into the memory of one device after the other that
/// has some for peers, until it arrives in one. Says what was read, and with which options a scan
/// reads so; errors: why the path cannot be read so, or what each device came to.
Result<std::string> try_peer(const std::string& path);

}  // namespace vyre::doctor
