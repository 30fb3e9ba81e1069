#include <cstring>

#include "hand.hpp"

namespace vyre::bench::hand {
namespace {

template <std::size_t kTables>
Answer histogram(Bytes bytes) {
  std::array<std::array<u32, 256>, kTables> tables{};
  const u8* at = bytes.data();
  const u8* const end = at + bytes.size();
  for (; end - at >= 8; at += 8) {
    u64 word;
    std::memcpy(&word, at, 8);
    for (std::size_t i = 0; i < 8; ++i) ++tables[i % kTables][(word >> 8 * i) & 0xFF];
  }
  for (; at < end; ++at) ++tables[0][*at];
  Answer answer{std::vector<u64>(256), {}};
  for (const auto& table : tables) {
    for (std::size_t i = 0; i < 256; ++i) answer.words[i] += table[i];
  }
  return answer;
}

}  // namespace

Answer histogram_4_tables(Bytes bytes) { return histogram<4>(bytes); }
Answer histogram_8_tables(Bytes bytes) { return histogram<8>(bytes); }

}  // namespace vyre::bench::hand
