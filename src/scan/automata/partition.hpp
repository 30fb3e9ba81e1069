#pragma once

#include <span>
#include <vector>

#include "scan/automata/dfa.hpp"
#include "scan/automata/sequence_numbers.hpp"

namespace vyre::scan {

/// Finds the states of an automaton that no text tells apart.
///
/// Refines a partition by the blocks that each state's row leads to. Only states with a successor
/// that changed its block are looked at again, and the largest part of a split block keeps its
/// number: so each state is looked at O(log n) times per successor, as in Hopcroft's algorithm.
class Partition {
 public:
  explicit Partition(const Dfa& dfa);

  /// The block of each state.
  std::vector<u32> refine();

 private:
  struct Block {
    u32 begin;
    u32 end;
    /// states_[begin, begin + dirty) must be looked at.
    u32 dirty;
  };

  void index_predecessors();
  void mark_dirty(u32 state);
  void swap_to(u32 state, u32 place);
  void split(u32 block);
  /// Numbers the dirty states of a block by where their rows lead, 0 for those that are clean.
  u32 group_dirty(const Block& block);
  u32 signature(u32 state);

  const Dfa& dfa_;
  std::vector<u32> block_of_;
  /// The states, block by block, and where each of them stands.
  std::vector<u32> states_;
  std::vector<u32> place_;
  std::vector<Block> blocks_;
  std::vector<u32> open_;
  std::vector<u32> predecessor_begin_;
  std::vector<u32> predecessors_;
  SequenceNumbers signatures_;
  std::vector<u32> row_;
  std::vector<std::vector<u32>> groups_;
};

}  // namespace vyre::scan
