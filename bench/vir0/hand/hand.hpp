#pragma once

#include <array>
#include <span>

#include "../answer.hpp"
#include "wire/automaton_table.hpp"

// The yardsticks: each task as one would write it in C++ for this purpose alone, over the whole
// file at once. Those named avx2 and sse42 need a machine that has these instructions.
namespace vyre::bench::hand {

using Bytes = std::span<const u8>;
/// By byte value: 1 for members.
using ByteSet = std::array<u8, 256>;

/// 256 counts; 4 or 8 tables in turn, so that runs of one byte do not wait for their own stores.
Answer histogram_4_tables(Bytes bytes);
Answer histogram_8_tables(Bytes bytes);

/// CRC-32C by the processor's instruction, three streams at once.
Answer crc32c_sse42(Bytes bytes);

/// Newlines: `std::count`; 32 bytes at a time.
Answer lines_portable(Bytes bytes);
Answer lines_avx2(Bytes bytes);

/// Lines, words and bytes, as `wc`.
Answer word_count_portable(Bytes bytes);
Answer word_count_avx2(Bytes bytes);

/// Bytes that are in the set; any set will do.
Answer members_portable(Bytes bytes, const ByteSet& set);
Answer members_avx2(Bytes bytes, const ByteSet& set);

/// Rows of comma-separated text whose third field exceeds the threshold: how many, the sum of
/// these fields, a record each. Meaning: examples/field_filter.vasm.
Answer field_filter(Bytes bytes, u32 threshold);
/// The same by the bitmaps of commas and newlines, 64 bytes at a time.
Answer field_filter_avx2(Bytes bytes, u32 threshold);

/// XXH64 by libxxhash.
Answer xxh64(Bytes bytes);

/// {0, 2^64 - 1} for valid UTF-8, else {1, offset of the first byte that cannot stand there}.
Answer utf8(Bytes bytes);

/// Bytes of the longest line without its newline.
Answer longest_line(Bytes bytes);

/// Occurrences of a literal, overlapping ones included.
Answer find_count(Bytes bytes, Bytes literal);

/// What the automaton table finds, one byte after the other.
Answer automaton(Bytes bytes, Bytes table);
/// The same in 8 parts of the file that advance together.
Answer automaton_interleaved(Bytes bytes, Bytes table);

}  // namespace vyre::bench::hand
