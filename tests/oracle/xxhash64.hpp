#pragma once

#include <array>
#include <string_view>

#include "wire/platform.hpp"

// XXH64 with seed 0, step by step as its public specification describes it
// (doc/xxhash_spec.md of the xxHash project, "XXH64 algorithm description").
namespace vyre::oracle {

inline constexpr std::size_t kXxh64Stripe = 32;
using Xxh64Accumulators = std::array<u64, 4>;

/// Step 1: the accumulators before any input.
Xxh64Accumulators xxh64_begin();

/// Step 2: one stripe of 32 bytes.
void xxh64_stripe(Xxh64Accumulators& accumulators, std::string_view stripe);

/// Steps 3 to 6: from the accumulators after all whole stripes, the fewer than 32 bytes that
/// remain, and the length of the whole input.
u64 xxh64_end(const Xxh64Accumulators& accumulators, std::string_view rest, u64 total_length);

/// The hash of the whole input.
u64 xxh64_of(std::string_view bytes);

}  // namespace vyre::oracle
