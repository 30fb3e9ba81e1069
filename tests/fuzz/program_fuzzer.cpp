// Any bytes: decode() refuses them or they are what encode() writes; verify() never fails otherwise
// than by its error.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "vyre/program.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  auto program = vyre::decode(bytes);
  if (program) {
    const auto again = vyre::encode(*program);
    VYRE_CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  } else {
    // The checksum keeps nearly all input from decode(), so the words go to verify() as they are.
    vyre::Program raw;
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{data[at + i]} << (8 * i);
      raw.code.push_back(word);
    }
    raw.tables.emplace_back(bytes.begin(), bytes.end());
    program = std::move(raw);
  }
  const auto verified = vyre::verify(*program);
  VYRE_CHECK(verified || !verified.error().what.empty());
  return 0;
}
