#pragma once

#include "wire/platform.hpp"

namespace vyre::ingest {

/// What a completion of the stream's ring belongs to.
enum class StreamTag : u64 {
  kRead = 0,
  /// The open that a read is linked to; only its failure completes.
  kOpen = 1,
  /// A close or a cancel; only its failure completes, and nothing waits for it.
  kUncounted = 2,
};

/// User data of a submission: the read's entry in the low 32 bits, 24 bits of its generation above,
/// the tag above that. The ring's own two bits stay clear.
constexpr u64 stream_tag(StreamTag tag, u32 generation, u32 index) {
  constexpr u32 kGenerationMask = (1u << 24) - 1;
  return (static_cast<u64>(tag) << 56) | (u64{generation & kGenerationMask} << 32) | index;
}

}  // namespace vyre::ingest
