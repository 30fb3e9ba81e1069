#pragma once

#include <string>
#include <vector>

#include "vyre/program.hpp"
#include "vyre/session.hpp"

namespace vyre::cli {

/// The file or block device of each resource that the program names, in the order of their handles.
/// `given`: NAME=PATH, each. Errors: InvalidArgument naming what is no resource of the program (and
/// which there are), is given twice, or not at all.
Result<std::vector<std::string>> parse_resources(const std::vector<std::string>& given,
                                                 const Program& program);

/// Registers them with a session that has none. Errors: the session's.
Status register_resources(const std::vector<std::string>& paths, Session& session);

}  // namespace vyre::cli
