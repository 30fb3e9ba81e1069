#pragma once

#include <unistd.h>

#include <cstdint>

namespace vyre::base {

/// Bytes of a file; length 0 for all of it (cachestat(2)).
struct CachestatRange {
  std::uint64_t offset;
  std::uint64_t length;
};

/// Pages of a range, as the page cache knows them (cachestat(2)).
struct Cachestat {
  std::uint64_t cached;
  std::uint64_t dirty;
  std::uint64_t writeback;
  std::uint64_t evicted;
  std::uint64_t recently_evicted;
};

/// cachestat(2), Linux 6.5: 0, or -1 with errno. The C library has no wrapper and older headers no
/// number; it is 451 on every architecture.
inline long cachestat(int descriptor, CachestatRange* range, Cachestat* state) noexcept {
  constexpr long kSystemCall = 451;
  return ::syscall(kSystemCall, descriptor, range, state, 0u);
}

}  // namespace vyre::base
