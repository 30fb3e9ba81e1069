#pragma once

#include <string>
#include <string_view>

#include "doctor/row.hpp"

namespace vyre::doctor {

/// The file system type ("ext4", "fuse.sshfs") of the mount with this id, from the text of
/// /proc/self/mountinfo; empty where there is none.
std::string file_system_type(std::string_view mountinfo, unsigned long long mount_id);

/// The file system under `path` and whether files on it can be read with O_DIRECT: opens the file
/// itself, else the first regular file in the directory, else an unnamed temporary one.
Row file_system_row(const std::string& path);

}  // namespace vyre::doctor
