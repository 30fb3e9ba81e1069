#include "dfa_rows.hpp"

#include <algorithm>
#include <numeric>

namespace vyre::bench::gpu::hand {
namespace {

struct FindTable {
  const wire::AutomatonHeader& header;
  const u8* classes;
  const u16* transitions;

  explicit FindTable(const u8* base)
      : header(*reinterpret_cast<const wire::AutomatonHeader*>(base)),
        classes(base + header.byte_class_offset),
        transitions(reinterpret_cast<const u16*>(base + header.transitions_offset)) {}
  [[nodiscard]] u32 step(u32 state, u8 byte) const {
    return transitions[(state << header.class_bits) | classes[byte]];
  }
};

/// By old number: the new one.
std::vector<u16> order_by_visits(const FindTable& table, std::span<const u8> sample) {
  std::vector<u32> visits(table.header.state_count);
  u32 state = 0;
  for (const u8 byte : sample) ++visits[state = table.step(state, byte)];
  std::vector<u16> order(table.header.state_count);
  std::iota(order.begin(), order.end(), u16{0});
  std::stable_sort(order.begin(), order.begin() + table.header.first_accept,
                   [&visits](u16 a, u16 b) { return visits[a] > visits[b]; });
  std::vector<u16> number(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) number[order[i]] = static_cast<u16>(i);
  return number;
}

}  // namespace

DfaRows make_rows(std::span<const std::byte> table, std::span<const u8> sample) {
  const FindTable find(reinterpret_cast<const u8*>(table.data()));
  const std::vector<u16> number = order_by_visits(find, sample);
  DfaRows made;
  made.states = find.header.state_count;
  made.first_accept = find.header.first_accept;
  made.start = number[0];
  made.window = find.header.window;
  made.rows.resize(std::size_t{made.states} * 256);
  for (u32 state = 0; state < made.states; ++state) {
    u16* const row = made.rows.data() + std::size_t{number[state]} * 256;
    for (u32 byte = 0; byte < 256; ++byte)
      row[byte] = number[find.step(state, static_cast<u8>(byte))];
  }
  return made;
}

}  // namespace vyre::bench::gpu::hand
