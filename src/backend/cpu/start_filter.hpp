#pragma once

#include <optional>
#include <vector>

#include "backend/cpu/start_triples.hpp"
#include "kernel/automaton.hpp"
#include "kernel/records.hpp"
#include "kernel/tile.hpp"

namespace vyre::backend {

/// Per position of a triple, which buckets a byte's low and high nibble allow, a bit each.
struct alignas(64) NibbleTables {
  u8 low[3][16];
  u8 high[3][16];
};

/// For each of `blocks` * 64 positions from `bytes`: bit set where the triple there passes. Reads 2
/// bytes past the last position.
using FindCandidates = void (*)(const NibbleTables& tables, const u8* bytes, u32 blocks,
                                u64* candidates);

/// The implementations that this processor runs, fastest first; all find the same candidates. Empty
/// where it has none that is faster than the interleaved walk.
std::vector<FindCandidates> candidate_finders();

/// The automaton scan for sets whose automaton rests in its start state: whole blocks are tested
/// for triples that matter (start_triples.hpp), and the automaton runs only from there until it is
/// back. Immutable after construction.
class StartFilter {
 public:
  /// None where this processor has no suitable instructions or too many positions would pass.
  /// `automaton` outlives the filter.
  static std::optional<StartFilter> make(const kernel::AutomatonView& automaton);

  /// With the given triples and implementation, whether it pays or not.
  StartFilter(const kernel::AutomatonView& automaton, const StartTriples& triples,
              FindCandidates find);

  /// What kernel::walk reports for [begin, end), in the same order, up to the position that it
  /// returns: `end`, or less where the data makes the automaton run too often to pay.
  u32 scan(const kernel::TileView& tile, u32 begin, u32 end, kernel::RecordSink& sink) const;

 private:
  /// Runs the automaton from `state` at `position` until it is in its start state or at `end`;
  /// returns where. Takes at least one byte.
  u32 run(const kernel::TileView& tile, u32 state, u32 position, u32 end,
          kernel::RecordSink& sink) const;

  kernel::AutomatonView automaton_;
  NibbleTables tables_;
  FindCandidates find_;
};

}  // namespace vyre::backend
