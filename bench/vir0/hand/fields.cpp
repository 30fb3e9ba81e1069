#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "hand.hpp"

namespace vyre::bench::hand {
namespace {

constexpr u32 kCommas = 2;

/// The unsigned number of at most 20 digits at `at`; from 2^32 on it counts as 2^32 - 1.
u32 number_at(const u8* at, const u8* end) {
  u64 number = 0;
  for (int digits = 0; at < end && digits < 20; ++at, ++digits) {
    const u32 digit = *at - u32{'0'};
    if (digit > 9) break;
    number = std::min<u64>(number * 10 + digit, ~u32{0});
  }
  return static_cast<u32>(number);
}

class Rows {
 public:
  Rows(Bytes bytes, u32 threshold)
      : begin_(bytes.data()), end_(begin_ + bytes.size()), threshold_(threshold) {}

  /// A row's third field begins behind the comma at `comma`.
  void field(const u8* comma) {
    const u32 number = number_at(comma + 1, end_);
    if (number <= threshold_) return;
    total_ += number;
    records_.push_back({static_cast<u64>(comma - begin_), number});
  }
  Answer answer() {
    const u64 rows = records_.size();
    return {{rows, total_}, std::move(records_)};
  }

 private:
  const u8* begin_;
  const u8* end_;
  u32 threshold_;
  u64 total_ = 0;
  std::vector<FileRecord> records_;
};

/// Bit i: byte i of 64 is `wanted`.
__attribute__((target("avx2"))) u64 equal_bits(const u8* at, __m256i wanted) {
  const auto half = [wanted](const u8* from) __attribute__((target("avx2"))) {
    const __m256i loaded = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    return static_cast<u32>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(loaded, wanted)));
  };
  return u64{half(at + 32)} << 32 | half(at);
}

/// Walks the commas and newlines of whole blocks of 64 bytes; returns where it stopped.
__attribute__((target("avx2,bmi"))) const u8* walk_blocks(const u8* at, const u8* end, Rows& rows,
                                                          u32& commas) {
  const __m256i comma = _mm256_set1_epi8(',');
  const __m256i newline = _mm256_set1_epi8('\n');
  for (; end - at >= 64; at += 64) {
    const u64 newlines = equal_bits(at, newline);
    for (u64 ends = equal_bits(at, comma) | newlines; ends != 0; ends &= ends - 1) {
      const int bit = std::countr_zero(ends);
      const bool is_newline = (newlines >> bit & 1) != 0;
      commas = is_newline ? 0 : commas + 1;
      if (commas == kCommas && !is_newline) rows.field(at + bit);
    }
  }
  return at;
}

}  // namespace

Answer field_filter(Bytes bytes, u32 threshold) {
  Rows rows(bytes, threshold);
  const u8* at = bytes.data();
  const u8* const end = at + bytes.size();
  while (at < end) {
    u32 commas = 0;
    while (at < end && *at != '\n') {
      if (*at == ',' && ++commas == kCommas) {
        rows.field(at);
        break;
      }
      ++at;
    }
    if (at == end) break;
    const void* newline = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (newline == nullptr) break;
    at = static_cast<const u8*>(newline) + 1;
  }
  return rows.answer();
}

Answer field_filter_avx2(Bytes bytes, u32 threshold) {
  Rows rows(bytes, threshold);
  u32 commas = 0;
  const u8* const end = bytes.data() + bytes.size();
  for (const u8* at = walk_blocks(bytes.data(), end, rows, commas); at < end; ++at) {
    if (*at == '\n') commas = 0;
    if (*at == ',' && ++commas == kCommas) rows.field(at);
  }
  return rows.answer();
}

}  // namespace vyre::bench::hand
