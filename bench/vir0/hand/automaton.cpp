#include <algorithm>

#include "hand.hpp"

namespace vyre::bench::hand {
namespace {

/// A verified table over one file.
class Dfa {
 public:
  Dfa(Bytes table, Bytes file)
      : table_(table.data()),
        file_(file),
        header_(*reinterpret_cast<const wire::AutomatonHeader*>(table_)),
        classes_(table_ + header_.byte_class_offset),
        transitions_(reinterpret_cast<const u16*>(table_ + header_.transitions_offset)),
        accept_(reinterpret_cast<const u32*>(table_ + header_.accept_offset)),
        members_(reinterpret_cast<const wire::AutomatonMember*>(table_ + header_.members_offset)),
        checks_(reinterpret_cast<const wire::AutomatonCheck*>(table_ + header_.checks_offset)) {}

  [[nodiscard]] u32 step(u32 state, u8 byte) const {
    return transitions_[(state << header_.class_bits) | classes_[byte]];
  }
  [[nodiscard]] bool accepts(u32 state) const { return state >= header_.first_accept; }
  [[nodiscard]] std::size_t window() const { return header_.window; }

  /// Whatever ends with the byte at `position`, in accepting state `state`.
  void report(u32 state, u64 position, std::vector<FileRecord>& records) const {
    const u32* list = accept_ + (state - header_.first_accept);
    for (u32 i = list[0]; i < list[1]; ++i) {
      const u32 check = members_[i].check;
      if (check == wire::kNoCheck || passes(checks_[check], position + 1)) {
        records.push_back({position, members_[i].value});
      }
    }
  }

 private:
  [[nodiscard]] bool passes(const wire::AutomatonCheck& check, u64 at) const {
    const u8* classes = table_ + check.byte_class_offset;
    const u16* transitions = reinterpret_cast<const u16*>(table_ + check.transitions_offset);
    const u64 end = std::min<u64>(file_.size(), at + check.limit);
    u32 state = check.start;
    for (; state > 1 && at < end; ++at) {
      state = transitions[(state << check.class_bits) | classes[file_[at]]];
    }
    return state != 0;
  }

  const u8* table_;
  Bytes file_;
  const wire::AutomatonHeader& header_;
  const u8* classes_;
  const u16* transitions_;
  const u32* accept_;
  const wire::AutomatonMember* members_;
  const wire::AutomatonCheck* checks_;
};

/// One part of the file, walked from its first byte.
struct Part {
  std::size_t at;
  u32 state;
  std::vector<FileRecord> records;
};

void walk(const Dfa& dfa, Bytes bytes, std::size_t end, Part& part) {
  u32 state = part.state;
  for (std::size_t at = part.at; at < end; ++at) {
    state = dfa.step(state, bytes[at]);
    if (dfa.accepts(state)) dfa.report(state, at, part.records);
  }
}

}  // namespace

Answer automaton(Bytes bytes, Bytes table) {
  Part part{0, 0, {}};
  walk(Dfa(table, bytes), bytes, bytes.size(), part);
  return {{}, std::move(part.records)};
}

Answer automaton_interleaved(Bytes bytes, Bytes table) {
  constexpr std::size_t kParts = 8;
  const Dfa dfa(table, bytes);
  const std::size_t share = bytes.size() / kParts;
  std::array<Part, kParts> parts;
  std::array<u32, kParts> states{};
  for (std::size_t p = 0; p < kParts; ++p) {
    // The bytes before a part decide the state that it begins in.
    const std::size_t begin = p * share;
    const std::size_t back = begin < dfa.window() - 1 ? begin : dfa.window() - 1;
    for (std::size_t at = begin - back; at < begin; ++at) {
      states[p] = dfa.step(states[p], bytes[at]);
    }
  }
  for (std::size_t i = 0; i < share; ++i) {
    for (std::size_t p = 0; p < kParts; ++p) {
      states[p] = dfa.step(states[p], bytes[p * share + i]);
      if (dfa.accepts(states[p])) dfa.report(states[p], p * share + i, parts[p].records);
    }
  }
  Part& rest = parts[kParts - 1];
  rest.at = kParts * share;
  rest.state = states[kParts - 1];
  walk(dfa, bytes, bytes.size(), rest);
  Answer answer;
  for (const Part& part : parts) {
    answer.records.insert(answer.records.end(), part.records.begin(), part.records.end());
  }
  return answer;
}

}  // namespace vyre::bench::hand
