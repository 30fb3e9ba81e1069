#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "vyre/latency.hpp"

namespace vyre::cli {

/// "812 ns", "1.23 us", "45.6 ms", "789 s": three digits.
std::string duration_text(std::uint64_t nanoseconds);

/// A line with the quantiles of each hop that a slot took, behind one that says what they are; none
/// where nothing was measured.
std::string latency_lines(const HopLatencies& latency);
/// By the hop's name: {"slots", "p50_ns", "p90_ns", "p99_ns", "p99_9_ns", "max_ns"}.
nlohmann::ordered_json latency_json(const HopLatencies& latency);

}  // namespace vyre::cli
