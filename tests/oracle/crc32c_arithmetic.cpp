#include "tests/oracle/crc32c_arithmetic.hpp"

namespace vyre::oracle {
namespace {

/// 0x1EDC6F41 with its bits in reverse order.
constexpr u32 kReflectedPolynomial = 0x82F63B78;

u32 advance(u32 remainder, std::string_view bytes) {
  for (const char c : bytes) remainder = times_x(remainder ^ static_cast<u8>(c), 8);
  return remainder;
}

}  // namespace

u32 times_x(u32 remainder, u64 times) {
  for (; times > 0; --times) {
    const bool overflows = (remainder & 1) != 0;
    remainder = (remainder >> 1) ^ (overflows ? kReflectedPolynomial : 0);
  }
  return remainder;
}

u32 divided_by_x(u32 remainder, u64 times) {
  for (; times > 0; --times) {
    const bool overflowed = (remainder & 0x80000000) != 0;
    remainder = ((remainder ^ (overflowed ? kReflectedPolynomial : 0)) << 1) | (overflowed ? 1 : 0);
  }
  return remainder;
}

u32 remainder_of(std::string_view bytes) { return advance(0, bytes); }

u32 crc32c_of(std::string_view bytes) { return ~advance(0xFFFFFFFF, bytes); }

}  // namespace vyre::oracle
