#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include "base/checked.hpp"
#include "vir0/crc32c.hpp"
#include "vyre/program.hpp"

namespace vyre {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire form is little-endian");

constexpr char kMagic[4] = {'V', 'I', 'R', '0'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kSectionAlignment = 8;

enum class SectionKind : std::uint32_t { kCode = 1, kTable = 2, kMetadata = 3 };

struct FileHeader {
  char magic[4];
  std::uint32_t version;
  std::uint64_t total_bytes;
  std::uint32_t section_count;
  /// CRC-32C of the whole form with this word as zero.
  std::uint32_t crc;
  std::uint64_t reserved;
};
static_assert(sizeof(FileHeader) == 32);

struct SectionEntry {
  SectionKind kind;
  std::uint32_t reserved;
  std::uint64_t offset;
  std::uint64_t bytes;
};
static_assert(sizeof(SectionEntry) == 24);

struct Section {
  SectionKind kind;
  std::span<const std::byte> bytes;
};

std::vector<Section> sections_of(const Program& program) {
  std::vector<Section> sections;
  sections.push_back({SectionKind::kCode, std::as_bytes(std::span(program.code))});
  for (const auto& table : program.tables) sections.push_back({SectionKind::kTable, table});
  sections.push_back({SectionKind::kMetadata, std::as_bytes(std::span(program.metadata))});
  return sections;
}

std::uint32_t content_crc(FileHeader header, std::span<const std::byte> after_header) {
  header.crc = 0;
  return vir0::crc32c(after_header, vir0::crc32c(std::as_bytes(std::span(&header, 1))));
}

Error malformed(std::string reason) {
  return invalid_argument("not a VIR0 program: " + std::move(reason),
                          "encode the program again, or fetch an undamaged copy");
}

Result<FileHeader> read_header(std::span<const std::byte> bytes) {
  FileHeader header{};
  if (bytes.size() < sizeof header) {
    return tl::unexpected(malformed(
        fmt::format("{} bytes, shorter than the {}-byte header", bytes.size(), sizeof header)));
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) {
    return tl::unexpected(malformed("it does not begin with the magic VIR0"));
  }
  if (header.version != kVersion) {
    return tl::unexpected(
        malformed(fmt::format("version {}, this library reads {}", header.version, kVersion)));
  }
  if (header.total_bytes != bytes.size()) {
    return tl::unexpected(
        malformed(fmt::format("{} bytes, its header says {}", bytes.size(), header.total_bytes)));
  }
  if (header.crc != content_crc(header, bytes.subspan(sizeof header))) {
    return tl::unexpected(malformed("its checksum does not match"));
  }
  return header;
}

void append(Program& program, const Section& section) {
  switch (section.kind) {
    case SectionKind::kCode:
      program.code.resize(section.bytes.size() / sizeof(std::uint64_t));
      if (!program.code.empty()) {
        std::memcpy(program.code.data(), section.bytes.data(), section.bytes.size());
      }
      break;
    case SectionKind::kTable:
      program.tables.emplace_back(section.bytes.begin(), section.bytes.end());
      break;
    case SectionKind::kMetadata:
      program.metadata.assign(reinterpret_cast<const char*>(section.bytes.data()),
                              section.bytes.size());
      break;
  }
}

/// The kind that section `index` of `count` must have.
SectionKind kind_at(std::size_t index, std::size_t count) {
  if (index == 0) return SectionKind::kCode;
  return index + 1 == count ? SectionKind::kMetadata : SectionKind::kTable;
}

bool all_zero(std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    if (byte != std::byte{0}) return false;
  }
  return true;
}

}  // namespace

std::vector<std::byte> encode(const Program& program) {
  const std::vector<Section> sections = sections_of(program);
  const std::size_t body = sizeof(FileHeader) + sections.size() * sizeof(SectionEntry);
  std::size_t total = body;
  for (const Section& section : sections) {
    total += base::align_up(section.bytes.size(), kSectionAlignment);
  }
  std::vector<std::byte> out(total);
  std::size_t entry_at = sizeof(FileHeader);
  std::size_t at = body;
  for (const Section& section : sections) {
    const SectionEntry entry{section.kind, 0, at, section.bytes.size()};
    std::memcpy(out.data() + entry_at, &entry, sizeof entry);
    if (!section.bytes.empty()) {
      std::memcpy(out.data() + at, section.bytes.data(), section.bytes.size());
    }
    entry_at += sizeof entry;
    at += base::align_up(section.bytes.size(), kSectionAlignment);
  }
  FileHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.total_bytes = total;
  header.section_count = static_cast<std::uint32_t>(sections.size());
  header.crc = content_crc(header, std::span(out).subspan(sizeof header));
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

// A checksum is no defence against a hostile writer, so every size is checked all the same; and
// only the one layout that encode writes is taken, so that equal programs have equal bytes.
Result<Program> decode(std::span<const std::byte> bytes) {
  Result<FileHeader> header = read_header(bytes);
  if (!header) return tl::unexpected(header.error());
  const std::size_t count = header->section_count;
  const std::size_t room = (bytes.size() - sizeof(FileHeader)) / sizeof(SectionEntry);
  if (header->reserved != 0 || count < 2 || count > room) {
    return tl::unexpected(malformed(fmt::format("{} sections do not fit", count)));
  }
  Program program;
  std::size_t at = sizeof(FileHeader) + count * sizeof(SectionEntry);
  for (std::size_t index = 0; index < count; ++index) {
    SectionEntry entry{};
    std::memcpy(&entry, bytes.data() + sizeof(FileHeader) + index * sizeof entry, sizeof entry);
    const SectionKind kind = kind_at(index, count);
    if (entry.kind != kind || entry.reserved != 0 || entry.offset != at ||
        entry.bytes > bytes.size() - at ||
        (kind == SectionKind::kCode && entry.bytes % sizeof(std::uint64_t) != 0)) {
      return tl::unexpected(malformed(fmt::format("section {} is out of place", index)));
    }
    const std::size_t end = at + entry.bytes;
    const std::size_t next = base::align_up(end, kSectionAlignment);
    if (next > bytes.size() || !all_zero(bytes.subspan(end, next - end))) {
      return tl::unexpected(malformed(fmt::format("section {} is badly padded", index)));
    }
    append(program, {kind, bytes.subspan(at, entry.bytes)});
    at = next;
  }
  if (at != bytes.size()) {
    return tl::unexpected(
        malformed(fmt::format("{} bytes follow its sections", bytes.size() - at)));
  }
  return program;
}

}  // namespace vyre
