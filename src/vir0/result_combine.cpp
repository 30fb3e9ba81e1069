#include "vir0/result_combine.hpp"

#include "wire/combine.hpp"
#include "wire/crc32c_field.hpp"

namespace vyre::vir0 {
namespace {

constexpr wire::CombineKind kind_of(Combine kind) { return static_cast<wire::CombineKind>(kind); }
static_assert(kind_of(Combine::kSum) == wire::CombineKind::kSum);
static_assert(kind_of(Combine::kMin) == wire::CombineKind::kMin);
static_assert(kind_of(Combine::kMax) == wire::CombineKind::kMax);
static_assert(kind_of(Combine::kOr) == wire::CombineKind::kOr);
static_assert(kind_of(Combine::kXor) == wire::CombineKind::kXor);
static_assert(kind_of(Combine::kCrc32c) == wire::CombineKind::kCrc32c);

}  // namespace

std::vector<Combine> result_combines(const Program& program) {
  std::vector<Combine> kinds;
  for (const ResultDeclaration& result : program.results) {
    kinds.insert(kinds.end(), result.count, result.combine);
  }
  return kinds;
}

u64 identity(Combine kind) noexcept { return wire::combine_identity(kind_of(kind)); }

u64 combine(Combine kind, u64 a, u64 b) noexcept {
  return wire::combine_words(kind_of(kind), a, b);
}

// A register that starts at all ones, over n bytes, is ones * x^(8n) + the remainder of the bytes,
// which is the word times x^(8n).
u64 finish(Combine kind, u64 word, u64 file_bytes) noexcept {
  if (kind != Combine::kCrc32c) return word;
  const u32 start = static_cast<u32>(word) ^ 0xFFFFFFFF;
  return static_cast<u32>(~wire::crc32c_multiply(start, wire::crc32c_shift(file_bytes)));
}

}  // namespace vyre::vir0
