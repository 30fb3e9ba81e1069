#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tests/fuzz/byte_source.hpp"

// Ways past the checksum of the wire form, which would keep nearly all input from decode().
namespace vyre::fuzz {

/// The same bytes under a header that fits them: magic, version, total, hash and checksum. Empty
/// where they are shorter than a header.
std::vector<std::byte> resealed(std::span<const std::byte> bytes);

/// The input's sections, each of its kind and content, in the layout of the wire form.
std::vector<std::byte> laid_out(ByteSource in);

}  // namespace vyre::fuzz
