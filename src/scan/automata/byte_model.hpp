#pragma once

#include "scan/pattern/byte_set.hpp"

namespace vyre::scan {

/// The share of text bytes that are in the set, 0..1, by a fixed model of source text, logs and
/// documents. A guess that steers choices, never correctness.
double byte_share(const ByteSet& set);

}  // namespace vyre::scan
