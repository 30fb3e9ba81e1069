#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/support/automaton_builder.hpp"
#include "vir0/automaton_check.hpp"

namespace vyre::vir0 {
namespace {

using testing::Follow;
using testing::literal;
using wire::AutomatonHeader;

std::vector<std::byte> good_table() {
  return testing::build_automaton({{literal("abc"), 1, {}},
                                   {literal("bd", true), 2, Follow{literal("xyz"), 8}},
                                   {literal("c"), 3, {}}});
}

AutomatonHeader header_of(const std::vector<std::byte>& table) {
  AutomatonHeader header{};
  std::memcpy(&header, table.data(), sizeof header);
  return header;
}

void put(std::vector<std::byte>& table, std::size_t at, u32 value) {
  ASSERT_LE(at + sizeof value, table.size());
  std::memcpy(table.data() + at, &value, sizeof value);
}

TEST(AutomatonCheck, AcceptsWhatACompilerWrites) {
  EXPECT_EQ(automaton_problem(good_table()), std::nullopt);
}

TEST(AutomatonCheck, AcceptsATableWithoutAnyFactor) {
  AutomatonHeader header{};
  std::vector<std::byte> table(sizeof header + 256 + 4 + 4);
  header = {wire::kAutomatonMagic,
            static_cast<u32>(table.size()),
            1,
            1,
            0,
            1,
            64,
            320,
            324,
            0,
            0,
            0,
            0,
            {}};
  std::memcpy(table.data(), &header, sizeof header);
  EXPECT_EQ(automaton_problem(table), std::nullopt);
}

struct Forgery {
  const char* name;
  std::size_t offset;
  u32 value;
};

TEST(AutomatonCheck, RejectsForgedHeaders) {
  const Forgery forgeries[] = {
      {"magic", offsetof(AutomatonHeader, magic), 0},
      {"total", offsetof(AutomatonHeader, total_bytes), 1u << 30},
      {"window 0", offsetof(AutomatonHeader, window), 0},
      {"window over the limit", offsetof(AutomatonHeader, window), 65},
      {"window shorter than the factors", offsetof(AutomatonHeader, window), 2},
      {"no states", offsetof(AutomatonHeader, state_count), 0},
      {"too many states", offsetof(AutomatonHeader, state_count), 65536},
      {"states past the table", offsetof(AutomatonHeader, state_count), 65535},
      {"class bits", offsetof(AutomatonHeader, class_bits), 9},
      {"huge class bits", offsetof(AutomatonHeader, class_bits), 0xFFFFFFFF},
      {"fewer class bits", offsetof(AutomatonHeader, class_bits), 1},
      {"first accept", offsetof(AutomatonHeader, first_accept), 0xFFFFFFFF},
      {"classes inside the header", offsetof(AutomatonHeader, byte_class_offset), 0},
      {"classes unaligned", offsetof(AutomatonHeader, byte_class_offset), 66},
      {"classes past the end", offsetof(AutomatonHeader, byte_class_offset), 0xFFFFFF00},
      {"transitions past the end", offsetof(AutomatonHeader, transitions_offset), 0xFFFFFFFC},
      {"accept past the end", offsetof(AutomatonHeader, accept_offset), 0x7FFFFFFC},
      {"members past the end", offsetof(AutomatonHeader, members_offset), 0x7FFFFFFC},
      {"fewer members than lists name", offsetof(AutomatonHeader, member_count), 1},
      {"many members", offsetof(AutomatonHeader, member_count), 0xFFFFFFFF},
      {"checks past the end", offsetof(AutomatonHeader, checks_offset), 0x7FFFFFFC},
      {"no checks", offsetof(AutomatonHeader, check_count), 0},
      {"many checks", offsetof(AutomatonHeader, check_count), 0xFFFFFFFF},
      {"reserved", offsetof(AutomatonHeader, reserved), 1},
  };
  for (const Forgery& forgery : forgeries) {
    auto table = good_table();
    put(table, forgery.offset, forgery.value);
    EXPECT_NE(automaton_problem(table), std::nullopt) << forgery.name;
  }
}

TEST(AutomatonCheck, RejectsForgedSections) {
  const AutomatonHeader header = header_of(good_table());
  const std::size_t check = header.checks_offset;
  const Forgery forgeries[] = {
      {"transition", header.transitions_offset, 0xFFFFFFFF},
      {"class", header.byte_class_offset, 0xFFFFFFFF},
      {"accept list that ends before it begins", header.accept_offset, 0xFFFF},
      {"check's states", check + offsetof(wire::AutomatonCheck, state_count), 1},
      {"check's many states", check + offsetof(wire::AutomatonCheck, state_count), 65535},
      {"check's class bits", check + offsetof(wire::AutomatonCheck, class_bits), 9},
      {"check's start", check + offsetof(wire::AutomatonCheck, start), 99},
      {"check's limit 0", check + offsetof(wire::AutomatonCheck, limit), 0},
      {"check's limit", check + offsetof(wire::AutomatonCheck, limit), 2049},
      {"check's classes", check + offsetof(wire::AutomatonCheck, byte_class_offset), 0xFFFFFFF0},
      {"check's transitions", check + offsetof(wire::AutomatonCheck, transitions_offset), 12},
  };
  for (const Forgery& forgery : forgeries) {
    auto table = good_table();
    put(table, forgery.offset, forgery.value);
    EXPECT_NE(automaton_problem(table), std::nullopt) << forgery.name;
  }
}

TEST(AutomatonCheck, RejectsAMemberWithoutItsCheck) {
  auto table = good_table();
  const AutomatonHeader header = header_of(table);
  for (u32 i = 0; i < header.member_count; ++i) {
    auto forged = table;
    put(forged, header.members_offset + i * sizeof(wire::AutomatonMember) + 4, 7);
    EXPECT_NE(automaton_problem(forged), std::nullopt) << i;
  }
}

TEST(AutomatonCheck, EveryTruncationIsRejected) {
  const auto table = good_table();
  for (std::size_t size = 0; size < table.size(); ++size) {
    EXPECT_NE(automaton_problem(std::span(table).first(size)), std::nullopt) << size;
  }
}

// Under a sanitizer this proves that the checks themselves read nothing outside the table.
TEST(AutomatonCheck, RandomDamageNeverCrashes) {
  const unsigned seed = 11;
  std::mt19937 random(seed);
  const auto good = good_table();
  for (int round = 0; round < 20000; ++round) {
    auto table = good;
    for (unsigned i = 0; i <= random() % 3; ++i) {
      const std::size_t within = random() % 2 == 0 ? sizeof(AutomatonHeader) : table.size() - 4;
      put(table, random() % within, static_cast<u32>(random()) >> random() % 32);
    }
    (void)automaton_problem(table);
  }
}

}  // namespace
}  // namespace vyre::vir0
