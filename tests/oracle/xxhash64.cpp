#include "tests/oracle/xxhash64.hpp"

#include <bit>

namespace vyre::oracle {
namespace {

constexpr u64 kPrime1 = 0x9E3779B185EBCA87;
constexpr u64 kPrime2 = 0xC2B2AE3D27D4EB4F;
constexpr u64 kPrime3 = 0x165667B19E3779F9;
constexpr u64 kPrime4 = 0x85EBCA77C2B2AE63;
constexpr u64 kPrime5 = 0x27D4EB2F165667C5;

u64 little_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  u64 value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value |= static_cast<u64>(static_cast<u8>(bytes[at + i])) << (8 * i);
  }
  return value;
}

u64 round(u64 accumulator, u64 lane) {
  accumulator += lane * kPrime2;
  return std::rotl(accumulator, 31) * kPrime1;
}

u64 merge(u64 hash, u64 accumulator) {
  hash ^= round(0, accumulator);
  return hash * kPrime1 + kPrime4;
}

u64 converge(const Xxh64Accumulators& accumulators) {
  u64 hash = std::rotl(accumulators[0], 1) + std::rotl(accumulators[1], 7) +
             std::rotl(accumulators[2], 12) + std::rotl(accumulators[3], 18);
  for (const u64 accumulator : accumulators) hash = merge(hash, accumulator);
  return hash;
}

u64 consume_rest(u64 hash, std::string_view rest) {
  std::size_t at = 0;
  for (; rest.size() - at >= 8; at += 8) {
    hash ^= round(0, little_endian(rest, at, 8));
    hash = std::rotl(hash, 27) * kPrime1 + kPrime4;
  }
  if (rest.size() - at >= 4) {
    hash ^= little_endian(rest, at, 4) * kPrime1;
    hash = std::rotl(hash, 23) * kPrime2 + kPrime3;
    at += 4;
  }
  for (; at < rest.size(); ++at) {
    hash ^= little_endian(rest, at, 1) * kPrime5;
    hash = std::rotl(hash, 11) * kPrime1;
  }
  return hash;
}

u64 avalanche(u64 hash) {
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace

Xxh64Accumulators xxh64_begin() { return {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1}; }

void xxh64_stripe(Xxh64Accumulators& accumulators, std::string_view stripe) {
  for (std::size_t i = 0; i < accumulators.size(); ++i) {
    accumulators[i] = round(accumulators[i], little_endian(stripe, 8 * i, 8));
  }
}

u64 xxh64_end(const Xxh64Accumulators& accumulators, std::string_view rest, u64 total_length) {
  const u64 begun = total_length < kXxh64Stripe ? kPrime5 : converge(accumulators);
  return avalanche(consume_rest(begun + total_length, rest));
}

u64 xxh64_of(std::string_view bytes) {
  Xxh64Accumulators accumulators = xxh64_begin();
  std::string_view rest = bytes;
  for (; rest.size() >= kXxh64Stripe; rest.remove_prefix(kXxh64Stripe)) {
    xxh64_stripe(accumulators, rest.substr(0, kXxh64Stripe));
  }
  return xxh64_end(accumulators, rest, bytes.size());
}

}  // namespace vyre::oracle
