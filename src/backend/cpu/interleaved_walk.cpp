#include "backend/cpu/interleaved_walk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace vyre::backend {
namespace {

constexpr u32 kLanes = WalkScratch::kLanes;
/// Bytes of each lane that are staged at a time, so that the inner loop has fixed addresses.
constexpr u32 kStage = 64;
constexpr u32 kBlock = WalkScratch::kBlock;
static_assert(wire::kAutomatonMaxWindow <= kStage, "one stage warms a lane up");

}  // namespace

InterleavedWalk::InterleavedWalk(const kernel::AutomatonView& automaton) : automaton_(automaton) {
  const u32 width = 1u << automaton.class_bits;
  const u32 accepting = automaton.state_count - automaton.first_accept;
  accept_bit_ = std::bit_ceil(std::max(automaton.first_accept, accepting) << automaton.class_bits);
  rows_.resize(std::size_t{accept_bit_} + (std::size_t{accepting} << automaton.class_bits));
  for (u32 state = 0; state < automaton.state_count; ++state) {
    for (u32 c = 0; c < width; ++c) {
      rows_[encoded(state) + c] =
          encoded(automaton.transitions[(state << automaton.class_bits) + c]);
    }
  }
  std::copy_n(automaton.classes, classes_.size(), classes_.begin());
}

u32 InterleavedWalk::encoded(u32 state) const {
  if (state < automaton_.first_accept) return state << automaton_.class_bits;
  return accept_bit_ + ((state - automaton_.first_accept) << automaton_.class_bits);
}

u32 InterleavedWalk::decoded(u32 row) const {
  if (row < accept_bit_) return row >> automaton_.class_bits;
  return automaton_.first_accept + ((row - accept_bit_) >> automaton_.class_bits);
}

/// Every lane but the first has a whole stage of bytes before it, in another lane's share.
void InterleavedWalk::warm_up(const kernel::TileView& tile, Lanes& lanes) const {
  lanes.state[0] = encoded(kernel::warm_up(automaton_, tile.chunk, lanes.first[0]));
  const u32 back = automaton_.window - 1;
  for (u32 lane = 1; lane < kLanes; ++lane) lanes.state[lane] = encoded(0);
  for (u32 i = 0; i < back; ++i) {
    for (u32 lane = 1; lane < kLanes; ++lane) {
      const u8 byte = tile.chunk[lanes.first[lane] - back + i];
      lanes.state[lane] = rows_[lanes.state[lane] + classes_[byte]];
    }
  }
}

void InterleavedWalk::collect(const StateBlock& block, u32 offset, const Lanes& lanes,
                              WalkScratch& scratch) const {
  for (u32 i = 0; i < kBlock; ++i) {
    u32 seen = 0;
    for (const u32 row : block[i]) seen |= row;
    if ((seen & accept_bit_) == 0) continue;
    for (u32 lane = 0; lane < kLanes; ++lane) {
      if ((block[i][lane] & accept_bit_) == 0) continue;
      scratch.events[lane].push_back({lanes.first[lane] + offset + i, decoded(block[i][lane])});
    }
  }
}

void InterleavedWalk::walk(Lanes& lanes, WalkScratch& scratch) const {
  alignas(64) u8 bytes[kLanes][kStage];
  alignas(64) StateBlock block;
  u32 state[kLanes];
  std::copy_n(lanes.state.begin(), kLanes, state);
  const u32* rows = rows_.data();
  const u8* classes = classes_.data();
  for (u32 at = 0; at < lanes.share; at += kStage) {
    for (u32 lane = 0; lane < kLanes; ++lane) {
      std::memcpy(bytes[lane], lanes.base[lane] + at, kStage);
    }
    for (u32 begin = 0; begin < kStage; begin += kBlock) {
      u32 seen = 0;
      for (u32 i = 0; i < kBlock; ++i) {
#pragma GCC unroll 8
        for (u32 lane = 0; lane < kLanes; ++lane) {
          state[lane] = rows[state[lane] + classes[bytes[lane][begin + i]]];
          block[i][lane] = state[lane];
          seen |= state[lane];
        }
      }
      if ((seen & accept_bit_) != 0) collect(block, at + begin, lanes, scratch);
    }
  }
}

void InterleavedWalk::scan(const kernel::TileView& tile, u32 begin, u32 end,
                           kernel::RecordSink& sink, WalkScratch& scratch) const {
  if (begin >= end) return;
  Lanes lanes{};
  lanes.share = (end - begin) / (kLanes * kStage) * kStage;
  const u32 rest = begin + lanes.share * kLanes;
  if (lanes.share != 0) {
    for (u32 lane = 0; lane < kLanes; ++lane) {
      lanes.first[lane] = begin + lane * lanes.share;
      lanes.base[lane] = tile.chunk + lanes.first[lane];
      scratch.events[lane].clear();
    }
    warm_up(tile, lanes);
    walk(lanes, scratch);
    for (const auto& events : scratch.events) {
      for (const auto& event : events) {
        kernel::report(automaton_, tile, event.position, event.state, sink);
      }
    }
  }
  kernel::walk(automaton_, tile, rest, end, sink);
}

}  // namespace vyre::backend
