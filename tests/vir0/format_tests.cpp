#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/vir0/example_programs.hpp"
#include "vir0/content_hash.hpp"
#include "vir0/crc32c.hpp"
#include "vyre/program.hpp"

namespace vyre {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

// Where the header's fields lie, as docs/VIR0.md has them.
constexpr std::size_t kCrcAt = 20;
constexpr std::size_t kHashAt = 24;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kEntryBytes = 24;

ContentHash hash_in_header(std::span<const std::byte> encoded) {
  ContentHash hash;
  std::memcpy(hash.data(), encoded.data() + kHashAt, sizeof hash);
  return hash;
}

/// Writes a new hash and checksum, as a hostile writer would.
void reseal(std::vector<std::byte>& bytes) {
  const ContentHash hash = vir0::hash_content(std::span(bytes).subspan(kHeaderBytes));
  std::memcpy(bytes.data() + kHashAt, hash.data(), sizeof hash);
  const auto rest = std::span<const std::byte>(bytes).subspan(kCrcAt + 4);
  const u32 crc = vir0::crc32c(rest, vir0::crc32c(std::span(bytes).first(kCrcAt)));
  std::memcpy(bytes.data() + kCrcAt, &crc, sizeof crc);
}

TEST(Crc32c, MatchesPublishedVectors) {
  EXPECT_EQ(vir0::crc32c({}), 0u);
  EXPECT_EQ(vir0::crc32c(bytes_of("123456789")), 0xE3069283u);
  EXPECT_EQ(vir0::crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8A9136AAu);
  EXPECT_EQ(vir0::crc32c(std::vector<std::byte>(32, std::byte{0xFF})), 0x62A8AB43u);
}

TEST(Crc32c, ContinuesWhereItStopped) {
  EXPECT_EQ(vir0::crc32c(bytes_of("6789"), vir0::crc32c(bytes_of("12345"))), 0xE3069283u);
}

// The value of no bytes at all is published with XXH3.
TEST(ContentHash, IsXxh3InItsCanonicalOrder) {
  constexpr std::array<u8, 16> kOfNothing = {0x99, 0xAA, 0x06, 0xD3, 0x01, 0x47, 0x98, 0xD8,
                                             0x60, 0x01, 0xC3, 0x24, 0x46, 0x8D, 0x49, 0x7F};
  const ContentHash hash = vir0::hash_content({});
  EXPECT_EQ(std::memcmp(hash.data(), kOfNothing.data(), sizeof hash), 0);
}

TEST(ContentHash, IsTheOneInTheHeader) {
  for (const auto& [name, program] : testing::example_programs()) {
    EXPECT_EQ(content_hash(program), hash_in_header(encode(program))) << name;
  }
}

TEST(ContentHash, EveryPartOfAProgramCounts) {
  const Program program = testing::decorated_program();
  std::vector<Program> changed(9, program);
  changed[0].code[0] ^= 1;
  changed[1].tables.emplace_back();
  changed[2].results[0].name += "x";
  changed[3].windows[0].access = WindowAccess::kMin;
  changed[4].carry_words += 1;
  changed[5].emit_budget.reset();
  changed[6].symbols.pop_back();
  changed[7].metadata += '\0';
  changed[8].unknown_sections[1].kind -= 1;
  for (std::size_t at = 0; at < changed.size(); ++at) {
    EXPECT_NE(content_hash(changed[at]), content_hash(program)) << at;
    for (std::size_t other = 0; other < at; ++other) {
      EXPECT_NE(content_hash(changed[at]), content_hash(changed[other])) << at << ' ' << other;
    }
  }
}

void expect_round_trip(const Program& program) {
  const auto encoded = encode(program);
  EXPECT_EQ(encode(program), encoded);
  const auto decoded = decode(encoded);
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(*decoded, program);
  EXPECT_EQ(encode(*decoded), encoded);
}

TEST(Format, RoundTripsExamples) {
  for (const auto& [name, program] : testing::example_programs()) {
    SCOPED_TRACE(name);
    expect_round_trip(program);
  }
}

TEST(Format, RoundTripsRandomPrograms) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    ASSERT_NO_FATAL_FAILURE(expect_round_trip(testing::random_program(seed)));
  }
}

// The wire form is an interface: this is a file of version 1 for ever.
TEST(Format, BytesOfTheBareProgramAreFixed) {
  const auto encoded = encode(testing::bare_program());
  ASSERT_EQ(encoded.size(), kHeaderBytes + 4 * kEntryBytes + 8 + 24 + 8);
  const auto word = [&](std::size_t at) {
    u32 value = 0;
    std::memcpy(&value, encoded.data() + at, sizeof value);
    return value;
  };
  EXPECT_EQ(std::memcmp(encoded.data(), "VIR0", 4), 0);
  EXPECT_EQ(word(4), 1u);
  EXPECT_EQ(word(8), encoded.size());
  EXPECT_EQ(word(16), 4u);
  const u32 kinds[] = {1, 3, 4, 5};
  const u32 sizes[] = {8, 20, 4, 0};
  for (std::size_t section = 0; section < 4; ++section) {
    const std::size_t entry = kHeaderBytes + section * kEntryBytes;
    EXPECT_EQ(word(entry), kinds[section]);
    EXPECT_EQ(word(entry + 16), sizes[section]);
  }
}

TEST(Format, AnotherVersionIsRefusedWithBothNumbers) {
  auto bytes = encode(testing::bare_program());
  bytes[4] = std::byte{77};
  reseal(bytes);
  const auto decoded = decode(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().what.find("77"), std::string::npos) << decoded.error().what;
  EXPECT_NE(decoded.error().what.find('1'), std::string::npos) << decoded.error().what;
}

TEST(Format, ARequiredSectionOfALaterVersionIsRefusedByItsKind) {
  Program program = testing::bare_program();
  program.unknown_sections = {{0x80000007, {}}};
  auto bytes = encode(program);
  const u32 kind = 7;
  std::memcpy(bytes.data() + kHeaderBytes + 4 * kEntryBytes, &kind, sizeof kind);
  reseal(bytes);
  const auto decoded = decode(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().what.find("newer"), std::string::npos) << decoded.error().what;
  EXPECT_NE(decoded.error().what.find('7'), std::string::npos) << decoded.error().what;
}

using Sections = std::vector<std::pair<u32, std::vector<std::byte>>>;

/// The layout of docs/VIR0.md, by hand: any sections in any order, then `tail` zero bytes.
std::vector<std::byte> lay_out(const Sections& sections, std::size_t tail = 0) {
  std::size_t at = kHeaderBytes + sections.size() * kEntryBytes;
  std::vector<std::byte> bytes(at);
  for (std::size_t index = 0; index < sections.size(); ++index) {
    const auto& [kind, content] = sections[index];
    const u64 fields[] = {kind, at, content.size()};
    std::memcpy(bytes.data() + kHeaderBytes + index * kEntryBytes, fields, sizeof fields);
    bytes.insert(bytes.end(), content.begin(), content.end());
    at += (content.size() + 7) / 8 * 8;
    bytes.resize(at);
  }
  bytes.resize(at + tail);
  const u32 start[] = {0x30524956, 1, static_cast<u32>(bytes.size()), 0,
                       static_cast<u32>(sections.size())};
  std::memcpy(bytes.data(), start, sizeof start);
  reseal(bytes);
  return bytes;
}

TEST(Format, TakesTheSectionsThatEncodeWritesAndNoOthers) {
  const std::vector<std::byte> code(8), none, declarations(20), symbols(4);
  const Sections full = {{1, code}, {3, declarations}, {4, symbols}, {5, none}};
  EXPECT_EQ(lay_out(full), encode(testing::bare_program()));
  EXPECT_FALSE(decode(lay_out(full, 8)));
  EXPECT_FALSE(decode(lay_out(full, 1)));
  for (std::size_t missing = 0; missing < full.size(); ++missing) {
    Sections fewer = full;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_FALSE(decode(lay_out(fewer))) << missing;
  }
  Sections more = full;
  more.push_back({0xFFFFFFFF, code});
  EXPECT_TRUE(decode(lay_out(more)));
  for (const u32 kind : {0u, 1u, 2u, 5u, 6u, 0x7FFFFFFFu}) {
    Sections odd = more;
    odd.push_back({kind, none});
    EXPECT_FALSE(decode(lay_out(odd))) << kind;
    odd.insert(odd.end(), full.begin(), full.end());
    EXPECT_FALSE(decode(lay_out(odd))) << kind;
  }
}

TEST(FormatDeathTest, AnUnknownSectionThatReadersMustKnowCannotBeWritten) {
  Program program = testing::bare_program();
  program.unknown_sections = {{7, {}}};
  EXPECT_DEATH(encode(program), "");
}

struct Forgery {
  const char* name;
  std::size_t at;
  u64 value;
  std::size_t bytes;
};

std::string forgery_name(const ::testing::TestParamInfo<Forgery>& row) {
  std::string name = row.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

/// Sections: code (16 bytes), tables of 5, 0 and 8 bytes, declarations with one result (name "n")
/// and one window (name "w"), symbols with one (name "s"), metadata (10), an optional section.
Program forged_program() {
  Program program;
  program.code = {0x0102030405060708, 0};
  program.tables = {bytes_of("table"), {}, bytes_of("eightbyt")};
  program.results = {{"n", Combine::kSum, 1}};
  program.windows = {{"w", WindowAccess::kAdd, 0, 1}};
  program.symbols = {{Symbol::Kind::kLabel, 0, "s"}};
  program.metadata = "name=small";
  program.unknown_sections = {{0xFFFFFFFF, {}}};
  return program;
}
constexpr std::size_t kForgedSections = 8;
constexpr std::size_t kCode = kHeaderBytes + kForgedSections * kEntryBytes;
constexpr std::size_t kDeclarations = kCode + 16 + 8 + 0 + 8;
// Carry, budget flag, budget, results, {combine, count, length, "n"}, windows, {...}: 50 bytes.
constexpr std::size_t kSymbols = kDeclarations + 56;

constexpr std::size_t entry(std::size_t section, std::size_t field) {
  return kHeaderBytes + section * kEntryBytes + field;
}
// Fields of an entry.
constexpr std::size_t kKind = 0, kReserved = 4, kOffset = 8, kBytes = 16;

class ForgedFormat : public ::testing::TestWithParam<Forgery> {};

TEST_P(ForgedFormat, IsRejectedThoughItsChecksumHolds) {
  auto bytes = encode(forged_program());
  auto unchanged = bytes;
  reseal(unchanged);
  ASSERT_EQ(unchanged, bytes);
  ASSERT_LE(GetParam().at + GetParam().bytes, bytes.size());
  std::memcpy(bytes.data() + GetParam().at, &GetParam().value, GetParam().bytes);
  ASSERT_NE(unchanged, bytes) << "the forgery changes nothing";
  reseal(bytes);
  EXPECT_FALSE(decode(bytes));
}

INSTANTIATE_TEST_SUITE_P(
    Header, ForgedFormat,
    ::testing::Values(Forgery{"magic", 0, 'W', 1}, Forgery{"version 0", 4, 0, 4},
                      Forgery{"version 2", 4, 2, 4}, Forgery{"total", 8, 1u << 20, 8},
                      Forgery{"no sections", 16, 0, 4}, Forgery{"one section", 16, 1, 4},
                      Forgery{"many sections", 16, 0xFFFFFFFF, 4},
                      Forgery{"fewer sections", 16, kForgedSections - 1, 4},
                      Forgery{"more sections", 16, kForgedSections + 1, 4}),
    forgery_name);

INSTANTIATE_TEST_SUITE_P(
    Sections, ForgedFormat,
    ::testing::Values(Forgery{"code is a table", entry(0, kKind), 2, 4},
                      Forgery{"kind 0", entry(1, kKind), 0, 4},
                      Forgery{"second code", entry(1, kKind), 1, 4},
                      Forgery{"unknown required kind", entry(1, kKind), 9, 4},
                      Forgery{"optional section in the middle", entry(1, kKind), 0x80000000, 4},
                      Forgery{"declarations are a table", entry(4, kKind), 2, 4},
                      Forgery{"second declarations", entry(5, kKind), 3, 4},
                      Forgery{"no metadata", entry(6, kKind), 0x80000001, 4},
                      Forgery{"second metadata", entry(7, kKind), 5, 4},
                      Forgery{"code at the end", entry(7, kKind), 1, 4},
                      Forgery{"nothing at the end", entry(7, kKind), 0, 4},
                      Forgery{"required kind at the end", entry(7, kKind), 6, 4},
                      Forgery{"reserved", entry(0, kReserved), 1, 4},
                      Forgery{"offset", entry(0, kOffset), 0, 8},
                      Forgery{"offset past the end", entry(0, kOffset), ~u64{0}, 8},
                      Forgery{"huge section", entry(0, kBytes), ~u64{0}, 8},
                      Forgery{"code of half an instruction", entry(0, kBytes), 12, 8},
                      Forgery{"table that leaves bytes in its padding", entry(1, kBytes), 3, 8},
                      Forgery{"table over the next", entry(1, kBytes), 64, 8},
                      Forgery{"table at the place of another", entry(2, kOffset), kCode, 8},
                      Forgery{"padding", kCode + 16 + 5, 1, 1}),
    forgery_name);

INSTANTIATE_TEST_SUITE_P(
    Declarations, ForgedFormat,
    ::testing::Values(Forgery{"section too short", entry(4, kBytes), 48, 8},
                      Forgery{"section too long", entry(4, kBytes), 52, 8},
                      Forgery{"budget flag", kDeclarations + 4, 2, 4},
                      Forgery{"budget without its flag", kDeclarations + 8, 5, 4},
                      Forgery{"more results", kDeclarations + 12, 2, 4},
                      Forgery{"fewer results", kDeclarations + 12, 0, 4},
                      Forgery{"very many results", kDeclarations + 12, 0xFFFFFFFF, 4},
                      Forgery{"combine of more than a byte", kDeclarations + 16, 256, 4},
                      Forgery{"long name", kDeclarations + 24, 60, 4},
                      Forgery{"very long name", kDeclarations + 24, 0xFFFFFFFF, 4},
                      Forgery{"more windows", kDeclarations + 29, 2, 4},
                      Forgery{"very many windows", kDeclarations + 29, 0xFFFFFFFF, 4},
                      Forgery{"access of more than a byte", kDeclarations + 33, 0x80000000, 4},
                      Forgery{"more symbols", kSymbols, 2, 4},
                      Forgery{"no symbols", kSymbols, 0, 4},
                      Forgery{"very many symbols", kSymbols, 0xFFFFFFFF, 4},
                      Forgery{"symbol kind of more than a byte", kSymbols + 4, 256, 4},
                      Forgery{"short symbol name", kSymbols + 12, 0, 4}),
    forgery_name);

}  // namespace
}  // namespace vyre
