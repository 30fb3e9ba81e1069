#include "backend/cpu/start_filter.hpp"

#include <algorithm>
#include <bit>

namespace vyre::backend {
namespace {

/// Positions are tested in groups of this many blocks of 64.
constexpr u32 kGroup = 32;
/// Bytes of the chunk that a block reads past its own 64.
constexpr u32 kReadAhead = 2;
/// Above this estimate the interleaved walk is faster.
constexpr double kMaxPassRate = 1.0 / 48;
/// The filter gives up where the automaton ran over more than 1/16 of the bytes, a few aside.
constexpr u32 kRunShare = 16;
constexpr u32 kRunAllowance = 512;

/// The bits at and above `position` of a block that begins at `block`; all where it lies before.
u64 from_position(u32 block, u32 position) {
  if (position <= block) return ~u64{0};
  return position - block >= 64 ? 0 : ~u64{0} << (position - block);
}

}  // namespace

std::optional<StartFilter> StartFilter::make(const kernel::AutomatonView& automaton) {
  const std::vector<FindCandidates> finders = candidate_finders();
  if (finders.empty()) return std::nullopt;
  const StartTriples triples = find_start_triples(automaton);
  if (triples.pass_rate > kMaxPassRate) return std::nullopt;
  return StartFilter(automaton, triples, finders.front());
}

StartFilter::StartFilter(const kernel::AutomatonView& automaton, const StartTriples& triples,
                         FindCandidates find)
    : automaton_(automaton), tables_{}, find_(find) {
  for (std::size_t bucket = 0; bucket < triples.buckets.size(); ++bucket) {
    const auto bit = static_cast<u8>(1u << bucket);
    for (std::size_t i = 0; i < 3; ++i) {
      const NibbleSet set = triples.buckets[bucket].sets[i];
      for (std::size_t nibble = 0; nibble < 16; ++nibble) {
        if ((set.low >> nibble & 1) != 0) tables_.low[i][nibble] |= bit;
        if ((set.high >> nibble & 1) != 0) tables_.high[i][nibble] |= bit;
      }
    }
  }
}

u32 StartFilter::run(const kernel::TileView& tile, u32 state, u32 position, u32 end,
                     kernel::RecordSink& sink) const {
  do {
    state = automaton_.step(state, tile.chunk[position]);
    if (state >= automaton_.first_accept) {
      kernel::report(automaton_, tile, position, state, sink);
    }
    ++position;
  } while (state != 0 && position < end);
  return position;
}

u32 StartFilter::scan(const kernel::TileView& tile, u32 begin, u32 end,
                      kernel::RecordSink& sink) const {
  if (begin >= end) return end;
  const u32 state = kernel::warm_up(automaton_, tile.chunk, begin);
  // From here on the automaton is in its start state before the byte at `position`.
  u32 position = state == 0 ? begin : run(tile, state, begin, end, sink);
  u64 ran = 0;
  u64 candidates[kGroup];
  while (position < end) {
    const u32 readable = tile.chunk_length - position;
    const u32 whole = readable < kReadAhead ? 0 : (readable - kReadAhead) / 64;
    const u32 blocks = std::min({kGroup, whole, (end - position + 63) / 64});
    if (blocks == 0) {
      position = run(tile, 0, position, end, sink);
      continue;
    }
    find_(tables_, tile.chunk + position, blocks, candidates);
    const u32 group = position;
    position = std::min(end, group + blocks * 64);
    u32 resume = group;
    for (u32 i = 0; i < blocks; ++i) {
      const u32 block = group + i * 64;
      u64 left = candidates[i] & from_position(block, resume);
      while (left != 0) {
        const u32 at = block + static_cast<u32>(std::countr_zero(left));
        if (at >= end) return end;
        resume = run(tile, 0, at, end, sink);
        ran += resume - at;
        left &= from_position(block, resume);
      }
    }
    position = std::max(position, resume);
    if (ran > kRunAllowance + (position - begin) / kRunShare) return position;
  }
  return end;
}

}  // namespace vyre::backend
