#include "reference.hpp"

#include <algorithm>

#include "vir0/crc32c.hpp"
#include "wire/automaton_table.hpp"

namespace vyre::bench::gpu::reference {
namespace {

constexpr u32 kCommas = 2;
constexpr u64 kMost = 0xFFFFFFFF;

u32 number_at(Bytes bytes, std::size_t at) {
  u64 number = 0;
  for (int digits = 0; at < bytes.size() && digits < 20; ++at, ++digits) {
    if (bytes[at] < '0' || bytes[at] > '9') break;
    number = std::min(number * 10 + bytes[at] - '0', kMost);
  }
  return static_cast<u32>(number);
}

bool passes(const u8* table, const wire::AutomatonCheck& check, Bytes bytes, std::size_t at) {
  const u8* classes = table + check.byte_class_offset;
  const auto* transitions = reinterpret_cast<const u16*>(table + check.transitions_offset);
  const std::size_t end = std::min<std::size_t>(bytes.size(), at + check.limit);
  u32 state = check.start;
  for (; state > 1 && at < end; ++at) {
    state = transitions[(state << check.class_bits) | classes[bytes[at]]];
  }
  return state != 0;
}

void scan(Bytes bytes, const u8* table, RecordDigest& records) {
  const auto& header = *reinterpret_cast<const wire::AutomatonHeader*>(table);
  const u8* classes = table + header.byte_class_offset;
  const auto* transitions = reinterpret_cast<const u16*>(table + header.transitions_offset);
  const auto* accept = reinterpret_cast<const u32*>(table + header.accept_offset);
  const auto* members =
      reinterpret_cast<const wire::AutomatonMember*>(table + header.members_offset);
  const auto* checks = reinterpret_cast<const wire::AutomatonCheck*>(table + header.checks_offset);
  u32 state = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    state = transitions[(state << header.class_bits) | classes[bytes[at]]];
    if (state < header.first_accept) continue;
    const u32* list = accept + (state - header.first_accept);
    for (u32 i = list[0]; i < list[1]; ++i) {
      const u32 check = members[i].check;
      if (check == wire::kNoCheck || passes(table, checks[check], bytes, at + 1)) {
        records.add(at, members[i].value);
      }
    }
  }
}

}  // namespace

Answer histogram(Bytes bytes) {
  Answer answer{std::vector<u64>(256), {}};
  for (const u8 byte : bytes) ++answer.words[byte];
  return answer;
}

Answer crc32c(Bytes bytes) { return {{vir0::crc32c(std::as_bytes(bytes))}, {}}; }

Answer field_filter(Bytes bytes, u32 threshold) {
  Answer answer{{0, 0}, {}};
  u32 commas = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == '\n') commas = 0;
    if (bytes[at] != ',' || ++commas != kCommas) continue;
    const u32 number = number_at(bytes, at + 1);
    if (number <= threshold) continue;
    ++answer.words[0];
    answer.words[1] += number;
    answer.records.add(at, number);
  }
  return answer;
}

Answer automaton(Bytes bytes, std::span<const std::vector<std::byte>> tables) {
  Answer answer;
  for (const std::vector<std::byte>& table : tables) {
    scan(bytes, reinterpret_cast<const u8*>(table.data()), answer.records);
  }
  return answer;
}

}  // namespace vyre::bench::gpu::reference
