#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "doctor/row.hpp"
#include "wire/platform.hpp"

namespace vyre::doctor {

/// The file system type ("ext4", "fuse.sshfs") of the mount with this id, from the text of
/// /proc/self/mountinfo; empty where there is none.
std::string file_system_type(std::string_view mountinfo, unsigned long long mount_id);

/// What O_DIRECT reads of a file have to be aligned to, bytes.
struct DirectAlignment {
  u32 memory = 0;
  /// 0 where the file system answers them from the page cache.
  u32 offset = 0;
};

/// As statx(2) tells it (STATX_DIOALIGN, Linux 6.1); nothing where the file system does not tell,
/// as those that take O_DIRECT and read through the page cache all the same (tmpfs).
std::optional<DirectAlignment> direct_alignment(int descriptor);

/// The file system under `path` and whether files on it can be read with O_DIRECT: opens the file
/// itself, else the first regular file in the directory, else an unnamed temporary one.
Row file_system_row(const std::string& path);

}  // namespace vyre::doctor
