#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "vir0/content_hash.hpp"
#include "vir0/crc32c.hpp"
#include "vir0/format_declarations.hpp"
#include "vyre/program.hpp"

namespace vyre {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire form is little-endian");

constexpr char kMagic[4] = {'V', 'I', 'R', '0'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kSectionAlignment = 8;
/// Set in the kind of a section that a reader may ignore.
constexpr std::uint32_t kOptionalSection = 0x80000000;

enum class SectionKind : std::uint32_t {
  kCode = 1,
  kTable = 2,
  kDeclarations = 3,
  kSymbols = 4,
  kMetadata = 5,
  /// Only where it is not empty.
  kResources = 6,
};
constexpr std::uint32_t kLastNeededKind = 5;
constexpr std::uint32_t kLastKnownKind = 6;

struct FileHeader {
  char magic[4];
  std::uint32_t version;
  std::uint64_t total_bytes;
  std::uint32_t section_count;
  /// CRC-32C of all bytes but this word's own.
  std::uint32_t crc;
  /// Of all that follows the header.
  ContentHash hash;
};
static_assert(sizeof(FileHeader) == 40 && offsetof(FileHeader, crc) == 20);

struct SectionEntry {
  std::uint32_t kind;
  std::uint32_t reserved;
  std::uint64_t offset;
  std::uint64_t bytes;
};
static_assert(sizeof(SectionEntry) == 24);

struct Section {
  std::uint32_t kind;
  std::span<const std::byte> bytes;
};

std::uint32_t checksum(std::span<const std::byte> bytes) {
  constexpr std::size_t kAt = offsetof(FileHeader, crc);
  return vir0::crc32c(bytes.subspan(kAt + sizeof(FileHeader::crc)), vir0::crc32c(bytes.first(kAt)));
}

/// Those that are lists of structures.
struct EncodedLists {
  explicit EncodedLists(const Program& program)
      : declarations(vir0::encode_declarations(program)),
        symbols(vir0::encode_symbols(program)),
        resources(vir0::encode_resources(program)) {}
  std::vector<std::byte> declarations;
  std::vector<std::byte> symbols;
  std::vector<std::byte> resources;
};

std::vector<Section> sections_of(const Program& program, const EncodedLists& lists) {
  std::vector<Section> sections;
  const auto add = [&](SectionKind kind, std::span<const std::byte> bytes) {
    sections.push_back({static_cast<std::uint32_t>(kind), bytes});
  };
  add(SectionKind::kCode, std::as_bytes(std::span(program.code)));
  for (const auto& table : program.tables) add(SectionKind::kTable, table);
  add(SectionKind::kDeclarations, lists.declarations);
  add(SectionKind::kSymbols, lists.symbols);
  add(SectionKind::kMetadata, std::as_bytes(std::span(program.metadata)));
  if (!lists.resources.empty()) add(SectionKind::kResources, lists.resources);
  for (const UnknownSection& section : program.unknown_sections) {
    VYRE_CHECK((section.kind & kOptionalSection) != 0);
    sections.push_back({section.kind, section.bytes});
  }
  VYRE_CHECK(sections.size() <= std::numeric_limits<std::uint32_t>::max());
  return sections;
}

Error malformed(std::string reason) {
  return invalid_argument("not a VIR0 program: " + std::move(reason),
                          "encode the program again, or fetch an undamaged copy");
}

Error newer(std::string reason) {
  return invalid_argument("this VIR0 program needs a newer version of vyre: " + std::move(reason),
                          "read it with the release that wrote it, or a newer one");
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
    std::string reason =
        fmt::format("its format is version {}, this release reads {}", header.version, kVersion);
    return tl::unexpected(header.version > kVersion ? newer(std::move(reason))
                                                    : malformed(std::move(reason)));
  }
  if (header.total_bytes != bytes.size()) {
    return tl::unexpected(
        malformed(fmt::format("{} bytes, its header says {}", bytes.size(), header.total_bytes)));
  }
  if (header.crc != checksum(bytes)) {
    return tl::unexpected(malformed("its checksum does not match"));
  }
  if (header.hash != vir0::hash_content(bytes.subspan(sizeof header))) {
    return tl::unexpected(malformed("its content hash does not match"));
  }
  return header;
}

/// Cuts the bytes after the header into sections, in the one layout that encode writes.
Result<std::vector<Section>> read_sections(std::span<const std::byte> bytes, std::size_t count) {
  if (count > (bytes.size() - sizeof(FileHeader)) / sizeof(SectionEntry)) {
    return tl::unexpected(malformed(fmt::format("{} sections do not fit", count)));
  }
  std::vector<Section> sections;
  sections.reserve(count);
  std::size_t at = sizeof(FileHeader) + count * sizeof(SectionEntry);
  for (std::size_t index = 0; index < count; ++index) {
    SectionEntry entry{};
    std::memcpy(&entry, bytes.data() + sizeof(FileHeader) + index * sizeof entry, sizeof entry);
    if (entry.reserved != 0 || entry.offset != at || entry.bytes > bytes.size() - at) {
      return tl::unexpected(malformed(fmt::format("section {} is out of place", index)));
    }
    const std::size_t end = at + entry.bytes;
    const std::size_t next = base::align_up(end, kSectionAlignment);
    if (next > bytes.size() || std::ranges::any_of(bytes.subspan(end, next - end),
                                                   [](std::byte b) { return b != std::byte{0}; })) {
      return tl::unexpected(malformed(fmt::format("section {} is badly padded", index)));
    }
    sections.push_back({entry.kind, bytes.subspan(at, entry.bytes)});
    at = next;
  }
  if (at != bytes.size()) {
    return tl::unexpected(
        malformed(fmt::format("{} bytes follow its sections", bytes.size() - at)));
  }
  return sections;
}

/// Of the kinds that must be there: code, any number of tables, declarations, symbols, metadata;
/// then resources, where there are any, and optional sections alone. Zero where nothing has been
/// read yet.
bool may_follow(std::uint32_t previous, std::uint32_t kind) {
  constexpr auto kTable = static_cast<std::uint32_t>(SectionKind::kTable);
  if ((kind & kOptionalSection) != 0) return previous >= kLastNeededKind;
  if (previous >= kLastKnownKind) return false;
  return kind == previous + 1 || (kind == kTable && previous == kTable) ||
         (kind == kTable + 1 && previous == kTable - 1);
}

bool append_code(Program& program, std::span<const std::byte> bytes) {
  if (bytes.size() % sizeof(std::uint64_t) != 0) return false;
  program.code.resize(bytes.size() / sizeof(std::uint64_t));
  if (!bytes.empty()) std::memcpy(program.code.data(), bytes.data(), bytes.size());
  return true;
}

/// Adds a section's content to the program; false where it is not what encode writes.
bool append(Program& program, const Section& section) {
  switch (static_cast<SectionKind>(section.kind)) {
    case SectionKind::kCode:
      return append_code(program, section.bytes);
    case SectionKind::kTable:
      program.tables.emplace_back(section.bytes.begin(), section.bytes.end());
      return true;
    case SectionKind::kDeclarations:
      return vir0::decode_declarations(section.bytes, program);
    case SectionKind::kSymbols:
      return vir0::decode_symbols(section.bytes, program);
    case SectionKind::kMetadata:
      program.metadata.assign(reinterpret_cast<const char*>(section.bytes.data()),
                              section.bytes.size());
      return true;
    case SectionKind::kResources:
      return vir0::decode_resources(section.bytes, program);
  }
  program.unknown_sections.push_back({section.kind, {section.bytes.begin(), section.bytes.end()}});
  return true;
}

}  // namespace

std::vector<std::byte> encode(const Program& program) {
  const EncodedLists lists(program);
  const std::vector<Section> sections = sections_of(program, lists);
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
  header.hash = vir0::hash_content(std::span(out).subspan(sizeof header));
  std::memcpy(out.data(), &header, sizeof header);
  header.crc = checksum(out);
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

ContentHash content_hash(const Program& program) {
  const std::vector<std::byte> encoded = encode(program);
  ContentHash hash;
  std::memcpy(hash.data(), encoded.data() + offsetof(FileHeader, hash), sizeof hash);
  return hash;
}

// A checksum is no defence against a hostile writer, so every size is checked all the same; and
// only the one layout that encode writes is taken, so that equal programs have equal bytes.
Result<Program> decode(std::span<const std::byte> bytes) {
  const Result<FileHeader> header = read_header(bytes);
  if (!header) return tl::unexpected(header.error());
  const Result<std::vector<Section>> sections = read_sections(bytes, header->section_count);
  if (!sections) return tl::unexpected(sections.error());
  Program program;
  std::uint32_t previous = 0;
  for (std::size_t index = 0; index < sections->size(); ++index) {
    const Section& section = (*sections)[index];
    if (section.kind > kLastKnownKind && (section.kind & kOptionalSection) == 0) {
      return tl::unexpected(newer(fmt::format("section {} is of kind {}", index, section.kind)));
    }
    if (!may_follow(previous, section.kind)) {
      return tl::unexpected(
          malformed(fmt::format("section {} of kind {} is out of order", index, section.kind)));
    }
    if (!append(program, section)) {
      return tl::unexpected(malformed(fmt::format("section {} cannot be read", index)));
    }
    previous = section.kind;
  }
  if (previous < kLastNeededKind) return tl::unexpected(malformed("it lacks sections"));
  return program;
}

}  // namespace vyre
