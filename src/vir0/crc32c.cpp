#include "vir0/crc32c.hpp"

#include <array>

namespace vyre::vir0 {
namespace {

constexpr u32 kPolynomial = 0x82F63B78;

constexpr std::array<u32, 256> make_table() {
  std::array<u32, 256> table{};
  for (u32 byte = 0; byte < 256; ++byte) {
    u32 value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    table[byte] = value;
  }
  return table;
}
constexpr std::array<u32, 256> kTable = make_table();

}  // namespace

u32 crc32c(std::span<const std::byte> bytes, u32 previous) noexcept {
  u32 value = ~previous;
  for (const std::byte byte : bytes) {
    value = (value >> 8) ^ kTable[(value ^ static_cast<u32>(byte)) & 0xFF];
  }
  return ~value;
}

}  // namespace vyre::vir0
