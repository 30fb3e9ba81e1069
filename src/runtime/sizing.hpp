#pragma once

#include "vyre/error.hpp"
#include "vyre/session.hpp"

namespace vyre::runtime {

/// A session's geometry with every default resolved.
struct Sizing {
  std::uint32_t rings;
  std::uint32_t workers;
  std::uint32_t slots_per_ring;
  std::uint32_t slot_bytes;
  std::uint32_t records_per_slot;
  std::uint32_t window_words;
};

/// What the machine offers, as far as sizing cares.
struct MachineLimits {
  std::uint32_t cores;
  /// Bytes that all slots and rings may have: what this process may lock, or, for slots in peer
  /// memory, what the device has free. The largest u64 where there is no limit.
  std::uint64_t slot_memory;
};

/// For slots in the process's own memory.
MachineLimits machine_limits();

/// Resolves the options' zeros so that all slots together stay within the machine's memory for
/// them: first with fewer slots a ring, then with fewer rings, never below 1 ring of 2 slots
/// (mapping or registering those then fails with the limit named). Values that the caller gave are
/// kept. Errors: InvalidArgument for a value out of its documented range.
Result<Sizing> resolve_sizing(const SessionOptions& options, const MachineLimits& limits);

}  // namespace vyre::runtime
