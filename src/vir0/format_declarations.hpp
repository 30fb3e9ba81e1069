#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "vyre/program.hpp"

// The three sections of the wire form that hold lists of structures; docs/VIR0.md has their layout.
namespace vyre::vir0 {

std::vector<std::byte> encode_declarations(const Program& program);
std::vector<std::byte> encode_symbols(const Program& program);
/// No bytes where the program loads nothing and names no resources.
std::vector<std::byte> encode_resources(const Program& program);

/// Fill in the results, windows, carry and emit budget, or the symbols, or the resources. False
/// where the bytes are not what the encoder writes; allocates at most a small multiple of their
/// size.
[[nodiscard]] bool decode_declarations(std::span<const std::byte> bytes, Program& program);
[[nodiscard]] bool decode_symbols(std::span<const std::byte> bytes, Program& program);
[[nodiscard]] bool decode_resources(std::span<const std::byte> bytes, Program& program);

}  // namespace vyre::vir0
