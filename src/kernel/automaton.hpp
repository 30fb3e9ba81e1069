#pragma once

#include "kernel/context.hpp"
#include "kernel/group.hpp"
#include "kernel/records.hpp"
#include "kernel/tile.hpp"
#include "wire/automaton_table.hpp"

// The automaton scan as every backend has it. The verifier has proven all indices of the table, so
// no step here checks one.
namespace vyre::kernel {

/// A verified table's sections, as pointers; the table is 4-byte aligned.
struct AutomatonView {
  const u8* base;
  const u8* classes;
  const u16* transitions;
  const u32* accept;
  const wire::AutomatonMember* members;
  const wire::AutomatonCheck* checks;
  u32 window;
  u32 state_count;
  u32 class_bits;
  u32 first_accept;

  VYRE_HOST_DEVICE u32 step(u32 state, u8 byte) const {
    return transitions[(state << class_bits) | classes[byte]];
  }
};

VYRE_HOST_DEVICE inline AutomatonView view_automaton(const u8* table) {
  const auto& header = *reinterpret_cast<const wire::AutomatonHeader*>(table);
  return {table,
          table + header.byte_class_offset,
          reinterpret_cast<const u16*>(table + header.transitions_offset),
          reinterpret_cast<const u32*>(table + header.accept_offset),
          reinterpret_cast<const wire::AutomatonMember*>(table + header.members_offset),
          reinterpret_cast<const wire::AutomatonCheck*>(table + header.checks_offset),
          header.window,
          header.state_count,
          header.class_bits,
          header.first_accept};
}

/// Runs a check over bytes [position, length) of the chunk; false where it rejects.
VYRE_HOST_DEVICE inline bool check_accepts(const AutomatonView& automaton,
                                           const wire::AutomatonCheck& check, const u8* chunk,
                                           u32 position, u32 length) {
  const u8* classes = automaton.base + check.byte_class_offset;
  const u16* transitions = reinterpret_cast<const u16*>(automaton.base + check.transitions_offset);
  const u32 end = length - position < check.limit ? length : position + check.limit;
  u32 state = check.start;
  for (; state > 1 && position < end; ++position) {
    state = transitions[(state << check.class_bits) | classes[chunk[position]]];
  }
  return state != 0;
}

/// Reports the members of accepting state `state` after the byte at `position`.
template <class Sink>
VYRE_HOST_DEVICE void report(const AutomatonView& automaton, const TileView& tile, u32 position,
                             u32 state, Sink& sink) {
  const u32* list = automaton.accept + (state - automaton.first_accept);
  for (u32 i = list[0]; i < list[1]; ++i) {
    const wire::AutomatonMember member = automaton.members[i];
    if (member.check == wire::kNoCheck ||
        check_accepts(automaton, automaton.checks[member.check], tile.chunk, position + 1,
                      tile.chunk_length)) {
      sink.push(position, member.value);
    }
  }
}

/// State before the byte at `position`: the last window - 1 bytes decide it.
VYRE_HOST_DEVICE inline u32 warm_up(const AutomatonView& automaton, const u8* chunk, u32 position) {
  const u32 back = automaton.window - 1;
  u32 state = 0;
  for (u32 at = position > back ? position - back : 0; at < position; ++at) {
    state = automaton.step(state, chunk[at]);
  }
  return state;
}

/// Reports every factor that ends at [begin, end) of the chunk, in order.
template <class Sink>
VYRE_HOST_DEVICE void walk(const AutomatonView& automaton, const TileView& tile, u32 begin, u32 end,
                           Sink& sink) {
  if (begin >= end) return;
  u32 state = warm_up(automaton, tile.chunk, begin);
  for (u32 position = begin; position < end; ++position) {
    state = automaton.step(state, tile.chunk[position]);
    if (state >= automaton.first_accept) report(automaton, tile, position, state, sink);
  }
}

/// Lane `lane`'s 512 bytes of the tile, or as many as it has there.
template <class Sink>
VYRE_HOST_DEVICE void walk_lane(const AutomatonView& automaton, const TileView& tile, u32 lane,
                                Sink& sink) {
  const u32 share = lane * kLaneBytes;
  if (share >= tile.length) return;
  const u32 rest = tile.length - share;
  const u32 begin = tile.offset + share;
  walk(automaton, tile, begin, begin + (rest < kLaneBytes ? rest : kLaneBytes), sink);
}

/// Where a lane's records go once every lane's number is known.
struct LaneCounter {
  u64 count;
  VYRE_HOST_DEVICE void push(u32, u32) { ++count; }
};
struct LaneWriter {
  RecordSink* sink;
  u64 next;
  VYRE_HOST_DEVICE void push(u32 offset, u32 value) {
    if (next < sink->capacity) sink->records[next] = {offset, value};
    ++next;
  }
};

/// The reference scan: every lane walks its share; a call's records come out in the order of the
/// tile.
/// `scratch` is kScratchWords that the group shares.
template <class Group>
VYRE_HOST_DEVICE void reference_scan(Group group, const AutomatonView& automaton,
                                     const TileView& tile, RecordSink& sink, u32* scratch) {
  if constexpr (Group::kSequential) {
    for (u32 lane = 0; lane < kLanes; ++lane) walk_lane(automaton, tile, lane, sink);
  } else {
    const u32 lane = group.first_lane();
    LaneCounter counter{0};
    walk_lane(automaton, tile, lane, counter);
    u64* counts = reinterpret_cast<u64*>(scratch);
    group.sync();
    counts[lane] = counter.count;
    group.sync();
    u64 before_mine = 0;
    u64 total = 0;
    for (u32 other = 0; other < kLanes; ++other) {
      if (other < lane) before_mine += counts[other];
      total += counts[other];
    }
    group.sync();
    const u64 first = group.broadcast(group.leader() ? sink.reserve(total) : 0, scratch);
    LaneWriter writer{&sink, first + before_mine};
    walk_lane(automaton, tile, lane, writer);
    group.sync();
  }
}

}  // namespace vyre::kernel
