#include "tests/fuzz/wire_forms.hpp"

#include <cstring>
#include <utility>

#include "vir0/content_hash.hpp"
#include "vir0/crc32c.hpp"

namespace vyre::fuzz {
namespace {

// As docs/VIR0.md has them.
constexpr std::size_t kTotalAt = 8;
constexpr std::size_t kSectionsAt = 16;
constexpr std::size_t kCrcAt = 20;
constexpr std::size_t kHashAt = 24;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kEntryBytes = 24;

template <class Value>
void put(std::vector<std::byte>& bytes, std::size_t at, const Value& value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

}  // namespace

std::vector<std::byte> resealed(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes) return {};
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  std::memcpy(out.data(), "VIR0\1\0\0\0", kTotalAt);
  put(out, kTotalAt, u64{out.size()});
  put(out, kHashAt, vir0::hash_content(std::span(out).subspan(kHeaderBytes)));
  const std::span<const std::byte> all(out);
  put(out, kCrcAt, vir0::crc32c(all.subspan(kCrcAt + 4), vir0::crc32c(all.first(kCrcAt))));
  return out;
}

std::vector<std::byte> laid_out(ByteSource in) {
  std::vector<std::pair<u32, std::span<const std::byte>>> sections;
  while (!in.empty()) {
    const u8 kind = in.byte();
    const u16 size = in.half();
    sections.emplace_back(kind < 128 ? kind : 0xFFFFFF00u | kind, in.bytes(size));
  }
  std::size_t at = kHeaderBytes + sections.size() * kEntryBytes;
  std::vector<std::byte> out(at);
  put(out, kSectionsAt, static_cast<u32>(sections.size()));
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto& [kind, content] = sections[i];
    const u64 entry[] = {kind, at, content.size()};
    std::memcpy(out.data() + kHeaderBytes + i * kEntryBytes, entry, sizeof entry);
    out.insert(out.end(), content.begin(), content.end());
    at += (content.size() + 7) / 8 * 8;
    out.resize(at);
  }
  return resealed(out);
}

}  // namespace vyre::fuzz
