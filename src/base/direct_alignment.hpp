#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <optional>

namespace vyre::base {

/// What direct reads of a file must be aligned to, bytes; offset 0: there are none.
struct DirectAlignment {
  std::uint32_t memory;
  std::uint32_t offset;
};

/// As statx(2) tells it (STATX_DIOALIGN, Linux 6.1); nothing where the file system does not tell,
/// as those that take O_DIRECT and read through the page cache all the same (tmpfs).
inline std::optional<DirectAlignment> direct_alignment([[maybe_unused]] int descriptor) {
#ifdef STATX_DIOALIGN
  struct statx state {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &state) == 0 &&
      (state.stx_mask & STATX_DIOALIGN) != 0) {
    return DirectAlignment{state.stx_dio_mem_align, state.stx_dio_offset_align};
  }
#endif
  return std::nullopt;
}

}  // namespace vyre::base
