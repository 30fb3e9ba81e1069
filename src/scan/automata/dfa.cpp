#include "scan/automata/dfa.hpp"

#include "scan/automata/partition.hpp"
#include "scan/automata/sequence_numbers.hpp"

namespace vyre::scan {
namespace {

/// Merges the byte classes whose columns are equal.
void merge_classes(Dfa& dfa) {
  SequenceNumbers columns;
  std::vector<u32> merged(dfa.class_count);
  std::vector<u32> column(dfa.state_count());
  std::vector<u32> kept;
  for (u32 c = 0; c < dfa.class_count; ++c) {
    for (u32 state = 0; state < dfa.state_count(); ++state) column[state] = dfa.row(state)[c];
    merged[c] = columns.number(column);
    if (merged[c] == kept.size()) kept.push_back(c);
  }
  std::vector<u32> transitions;
  transitions.reserve(kept.size() * dfa.state_count());
  for (u32 state = 0; state < dfa.state_count(); ++state) {
    for (const u32 c : kept) transitions.push_back(dfa.row(state)[c]);
  }
  for (u8& c : dfa.byte_class) c = static_cast<u8>(merged[c]);
  dfa.transitions = std::move(transitions);
  dfa.class_count = static_cast<u32>(kept.size());
}

constexpr u32 kUnnumbered = 0xFFFFFFFF;

}  // namespace

Dfa minimised(const Dfa& dfa, std::span<const u32> first) {
  const std::vector<u32> blocks = Partition(dfa).refine();
  // Breadth first from the start, so that what a scan visits most lies together.
  std::vector<u32> number(dfa.state_count(), kUnnumbered);
  std::vector<u32> order;
  const auto number_of = [&](u32 state) {
    u32& id = number[blocks[state]];
    if (id == kUnnumbered) {
      id = static_cast<u32>(order.size());
      order.push_back(state);
    }
    return id;
  };
  for (const u32 state : first) number_of(state);
  Dfa least;
  least.start = number_of(dfa.start);
  least.byte_class = dfa.byte_class;
  least.class_count = dfa.class_count;
  for (std::size_t next = 0; next < order.size(); ++next) {
    const u32 state = order[next];
    least.labels.push_back(dfa.labels[state]);
    for (const u32 target : dfa.row(state)) least.transitions.push_back(number_of(target));
  }
  merge_classes(least);
  return least;
}

Dfa reordered(const Dfa& dfa, std::span<const u32> order) {
  std::vector<u32> number(dfa.state_count());
  for (u32 id = 0; id < order.size(); ++id) number[order[id]] = id;
  Dfa result;
  result.byte_class = dfa.byte_class;
  result.class_count = dfa.class_count;
  result.start = number[dfa.start];
  for (const u32 old : order) {
    result.labels.push_back(dfa.labels[old]);
    for (const u32 target : dfa.row(old)) result.transitions.push_back(number[target]);
  }
  return result;
}

}  // namespace vyre::scan
