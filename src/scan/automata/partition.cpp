#include "scan/automata/partition.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace vyre::scan {

Partition::Partition(const Dfa& dfa)
    : dfa_(dfa),
      block_of_(dfa.state_count()),
      states_(dfa.state_count()),
      place_(dfa.state_count()),
      row_(dfa.class_count) {
  std::iota(states_.begin(), states_.end(), 0);
  std::ranges::stable_sort(states_, {}, [&](u32 state) { return dfa.labels[state]; });
  for (u32 place = 0; place < states_.size(); ++place) {
    const u32 state = states_[place];
    place_[state] = place;
    if (place == 0 || dfa.labels[states_[place - 1]] != dfa.labels[state]) {
      blocks_.push_back({place, place, 0});
      open_.push_back(static_cast<u32>(blocks_.size() - 1));
    }
    ++blocks_.back().end;
    ++blocks_.back().dirty;
    block_of_[state] = static_cast<u32>(blocks_.size() - 1);
  }
  index_predecessors();
}

void Partition::index_predecessors() {
  const auto for_each_edge = [this](auto&& visit) {
    for (u32 state = 0; state < dfa_.state_count(); ++state) {
      u32 previous = dfa_.state_count();
      for (const u32 target : dfa_.row(state)) {
        if (target != previous) visit(state, target);
        previous = target;
      }
    }
  };
  predecessor_begin_.assign(dfa_.state_count() + 1, 0);
  for_each_edge([this](u32, u32 target) { ++predecessor_begin_[target + 1]; });
  std::partial_sum(predecessor_begin_.begin(), predecessor_begin_.end(),
                   predecessor_begin_.begin());
  predecessors_.resize(predecessor_begin_.back());
  std::vector<u32> next = predecessor_begin_;
  for_each_edge([&](u32 state, u32 target) { predecessors_[next[target]++] = state; });
}

std::vector<u32> Partition::refine() {
  while (!open_.empty()) {
    const u32 block = open_.back();
    open_.pop_back();
    split(block);
  }
  return std::move(block_of_);
}

void Partition::swap_to(u32 state, u32 place) {
  const u32 other = states_[place];
  std::swap(states_[place], states_[place_[state]]);
  place_[other] = std::exchange(place_[state], place);
}

void Partition::mark_dirty(u32 state) {
  Block& block = blocks_[block_of_[state]];
  if (block.end - block.begin == 1 || place_[state] < block.begin + block.dirty) return;
  if (block.dirty == 0) open_.push_back(block_of_[state]);
  swap_to(state, block.begin + block.dirty);
  ++block.dirty;
}

u32 Partition::signature(u32 state) {
  const std::span<const u32> row = dfa_.row(state);
  std::ranges::transform(row, row_.begin(), [this](u32 target) { return block_of_[target]; });
  return signatures_.number(row_);
}

u32 Partition::group_dirty(const Block& block) {
  signatures_.clear();
  const u32 clean = block.begin + block.dirty;
  // The clean states' rows still lead to the same blocks, all of them alike.
  if (clean < block.end) signature(states_[clean]);
  for (u32 place = block.begin; place < clean; ++place) {
    const u32 group = signature(states_[place]);
    if (group >= groups_.size()) groups_.emplace_back();
    groups_[group].push_back(states_[place]);
  }
  return signatures_.count();
}

void Partition::split(u32 id) {
  const Block block = blocks_[id];
  blocks_[id].dirty = 0;
  if (block.end - block.begin == 1) return;
  if (groups_.empty()) groups_.emplace_back();
  const u32 count = group_dirty(block);
  const u32 clean = block.end - block.begin - block.dirty;
  const auto size = [&](u32 group) {
    const u32 dirty = static_cast<u32>(groups_[group].size());
    return group == 0 ? dirty + clean : dirty;
  };
  u32 largest = 0;
  for (u32 group = 1; group < count; ++group)
    largest = size(group) > size(largest) ? group : largest;

  // Lay the groups out one after the other, the one with the clean states last.
  std::vector<u32> moved;
  u32 place = block.begin;
  for (u32 step = 1; step <= count; ++step) {
    const u32 group = step % count;
    const u32 begin = place;
    for (const u32 state : groups_[group]) swap_to(state, place++);
    place = group == 0 ? block.end : place;
    groups_[group].clear();
    if (group == largest) {
      blocks_[id] = {begin, place, 0};
      continue;
    }
    blocks_.push_back({begin, place, 0});
    for (u32 at = begin; at < place; ++at) {
      block_of_[states_[at]] = static_cast<u32>(blocks_.size() - 1);
      moved.push_back(states_[at]);
    }
  }
  for (const u32 state : moved) {
    for (u32 at = predecessor_begin_[state]; at < predecessor_begin_[state + 1]; ++at) {
      mark_dirty(predecessors_[at]);
    }
  }
}

}  // namespace vyre::scan
