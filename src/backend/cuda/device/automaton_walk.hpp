#pragma once

#include "backend/cuda/device/record_append.hpp"
#include "backend/cuda/device/tile_words.hpp"
#include "kernel/automaton.hpp"
#include "kernel/registers.hpp"

// The automaton scan of a block. Each thread walks kStreams shares of the tile in turn, a byte of
// each, so that one share's table look-up does not wait for the other's. The hot loop only keeps
// the greatest state of 16 bytes; where that accepts, the bytes are walked again to note each place
// in a queue, and the whole block then looks at the queue: so that checks run side by side however
// the places lie.
#if defined(__CUDACC__)

namespace vyre::backend::device {

inline constexpr u32 kStreams = 2;

/// How the block's scratch is laid out, in words: byte classes, the queue's count, and room for a
/// small table's transitions, then the queue.
inline constexpr u32 kClassWords = 64;
inline constexpr u32 kQueueCountWord = kClassWords;
inline constexpr u32 kRowsWord = kQueueCountWord + 4;
inline constexpr u32 kRowWords = 512;
static_assert(kernel::kScratchWords >= kRowsWord + kRowWords + kThreads);

/// Transitions in the block's shared memory. A state is the index of its row there.
struct SharedRows {
  const u16* rows;
  u32 class_bits;
  __device__ u32 next(u32 row, u32 byte_class) const { return rows[row + byte_class]; }
  __device__ u32 of_state(u32 state) const { return state << class_bits; }
  __device__ u32 to_state(u32 row) const { return row >> class_bits; }
};

/// Transitions where the table is. A state is its number.
struct TableRows {
  const u16* rows;
  u32 class_bits;
  __device__ u32 next(u32 state, u32 byte_class) const {
    return rows[(state << class_bits) + byte_class];
  }
  __device__ u32 of_state(u32 state) const { return state; }
  __device__ u32 to_state(u32 row) const { return row; }
};

/// Where a factor ends: position in the tile in the upper half, state in the lower.
struct PlaceQueue {
  u32* count;
  u32* places;
  u32 capacity;
  __device__ bool put(u32 position, u32 state) {
    const u32 at = atomicAdd(count, 1u);
    if (at < capacity) places[at] = position << 16 | state;
    return at < capacity;
  }
};

/// Reports a place that no queue has room for.
VYRE_DEVICE_ROUTINE void report_at_once(const u8* table, kernel::TileView tile, u32 position,
                                        u32 state, kernel::RecordSink* sink) {
  AppendingSink appending{*sink};
  kernel::report(kernel::view_automaton(table), tile, tile.offset + position, state, appending);
}

/// What the walk of one tile needs; the same in all threads.
template <class Rows>
struct Walk {
  static constexpr u32 kNever = 0xFFFFFFFF;

  const u8* table;
  const kernel::TileView& tile;
  kernel::RecordSink& sink;
  TileWords words;
  const u8* classes;
  Rows rows;
  PlaceQueue queue;
  u32 first_accept;

  __device__ u32 step(u32 state, u32 byte) const { return rows.next(state, classes[byte]); }

  /// Notes the place; where the queue is full, reports it here and now.
  __device__ void note(u32 position, u32 row) {
    const u32 state = rows.to_state(row);
    if (!queue.put(position, state)) report_at_once(table, tile, position, state, &sink);
  }

  /// Walks a whole word again, from the state before it.
  __device__ void note_places(const Word& word, u32 position, u32 state) {
    u64 low = static_cast<u64>(word.part[1]) << 32 | word.part[0];
    u64 high = static_cast<u64>(word.part[3]) << 32 | word.part[2];
#pragma unroll 1
    for (u32 i = 0; i < kWordBytes; ++i) {
      state = step(state, static_cast<u32>(low & 0xFF));
      if (state >= first_accept) note(position + i, state);
      low = low >> 8 | high << 56;
      high >>= 8;
    }
  }

  /// The bytes of a word at an edge of the tile, or of what can be read.
  __device__ u32 walk_part(int word, bool reports, u32 state) {
    for (u32 i = 0; i < kWordBytes; ++i) {
      const int at = word * static_cast<int>(kWordBytes) + static_cast<int>(i);
      if (at < words.low || at >= words.high) continue;
      state = step(state, load_byte(words.origin + at));
      const bool in_tile = at >= static_cast<int>(words.begin);
      if (reports && in_tile && state >= first_accept) {
        note(static_cast<u32>(at) - words.begin, state);
      }
    }
    return state;
  }

  /// True where every byte of the word is to be walked alike.
  __device__ bool walks_whole(int word, bool reports) const {
    return words.whole(word) && (!reports || word > 0 || words.begin == 0);
  }

  /// Advances kCount states over a word each.
  template <u32 kCount>
  __device__ void walk_words(const Word* word, u32* state, u32* greatest) const {
#pragma unroll
    for (u32 i = 0; i < kWordBytes; ++i) {
#pragma unroll
      for (u32 stream = 0; stream < kCount; ++stream) {
        const u32 byte = word[stream].part[i / 4] >> (8 * (i % 4)) & 0xFF;
        state[stream] = step(state[stream], byte);
        greatest[stream] = max(greatest[stream], state[stream]);
      }
    }
  }

  __device__ void run(u32 window);
};

template <class Rows>
__device__ void Walk<Rows>::run(u32 window) {
  constexpr u32 kAllStreams = kThreads * kStreams;
  const u32 share = (words.count + kAllStreams - 1) / kAllStreams;
  const u32 warm = (window - 1 + kWordBytes - 1) / kWordBytes;
  int at[kStreams];
  bool active[kStreams];
  u32 state[kStreams];
  Word pending[kStreams];
#pragma unroll
  for (u32 stream = 0; stream < kStreams; ++stream) {
    const u32 first = (stream * kThreads + threadIdx.x) * share;
    at[stream] = static_cast<int>(first) - static_cast<int>(warm);
    active[stream] = first < words.count;
    state[stream] = 0;
    pending[stream] = {};
    if (active[stream] && words.whole(at[stream])) {
      pending[stream] = load_word(words.address(at[stream]));
    }
  }
#pragma unroll 1
  for (u32 i = 0; i < warm + share; ++i) {
    const bool reports = i >= warm;
    Word word[kStreams];
    u32 before[kStreams];
    u32 greatest[kStreams];
    bool uneven = false;
#pragma unroll
    for (u32 stream = 0; stream < kStreams; ++stream) {
      word[stream] = pending[stream];
      before[stream] = state[stream];
      greatest[stream] = 0;
      active[stream] = active[stream] && at[stream] < static_cast<int>(words.count);
      uneven |= active[stream] && !walks_whole(at[stream], reports);
      if (active[stream] && words.whole(at[stream] + 1)) {
        pending[stream] = load_word(words.address(at[stream] + 1));
      }
    }
    if (!uneven) {
      walk_words<kStreams>(word, state, greatest);
    } else {
#pragma unroll
      for (u32 stream = 0; stream < kStreams; ++stream) {
        if (!active[stream]) continue;
        if (walks_whole(at[stream], reports)) {
          walk_words<1>(word + stream, state + stream, greatest + stream);
        } else {
          state[stream] = walk_part(at[stream], reports, state[stream]);
        }
      }
    }
#pragma unroll
    for (u32 stream = 0; stream < kStreams; ++stream) {
      if (reports && active[stream] && greatest[stream] >= first_accept) {
        note_places(word[stream], static_cast<u32>(at[stream]) * kWordBytes - words.begin,
                    before[stream]);
      }
      ++at[stream];
    }
  }
}

/// Walks the tile with the table's transitions, which are at `rows`.
template <class Rows>
__device__ void walk_tile(const kernel::AutomatonView& automaton, const kernel::TileView& tile,
                          kernel::RecordSink& sink, u32* scratch, Rows rows, u32 queue_word) {
  const PlaceQueue queue{scratch + kQueueCountWord, scratch + queue_word,
                         kernel::kScratchWords - queue_word};
  Walk<Rows> walk{automaton.base,
                  tile,
                  sink,
                  words_of(tile, tile.before, 0),
                  reinterpret_cast<const u8*>(scratch),
                  rows,
                  queue,
                  rows.of_state(automaton.first_accept)};
  walk.run(automaton.window);
  __syncthreads();
  const u32 places = min(*queue.count, queue.capacity);
  AppendingSink appending{sink};
  for (u32 i = threadIdx.x; i < places; i += kThreads) {
    const u32 place = queue.places[i];
    kernel::report(automaton, tile, tile.offset + (place >> 16), place & 0xFFFF, appending);
  }
}

/// kernel::reference_scan, with the records in any order.
VYRE_DEVICE_ROUTINE void scan(const u8* table, kernel::TileView tile, kernel::RecordSink& sink,
                              u32* scratch) {
  __builtin_assume(__isShared(scratch));
  __builtin_assume(__isGlobal(table));
  const kernel::AutomatonView automaton = kernel::view_automaton(table);
  const u32 entries = automaton.state_count << automaton.class_bits;
  const bool small = entries <= 2 * kRowWords;
  u16* rows = reinterpret_cast<u16*>(scratch + kRowsWord);
  __syncthreads();
  if (threadIdx.x < kClassWords) {
    scratch[threadIdx.x] = reinterpret_cast<const u32*>(automaton.classes)[threadIdx.x];
  }
  if (threadIdx.x == 0) scratch[kQueueCountWord] = 0;
  if (small) {
    for (u32 i = threadIdx.x; i < entries; i += kThreads) {
      rows[i] = static_cast<u16>(automaton.transitions[i] << automaton.class_bits);
    }
  }
  __syncthreads();
  if (small) {
    walk_tile(automaton, tile, sink, scratch, SharedRows{rows, automaton.class_bits},
              kRowsWord + kRowWords);
  } else {
    walk_tile(automaton, tile, sink, scratch,
              TableRows{automaton.transitions, automaton.class_bits}, kRowsWord);
  }
  __syncthreads();
}

}  // namespace vyre::backend::device

#endif
