#include "tests/oracle/generated_declarations.hpp"

#include <algorithm>

#include "tests/support/random_factors.hpp"

namespace vyre::oracle {
namespace {

using vir0::ImmediateKind;

class DeclarationGenerator {
 public:
  explicit DeclarationGenerator(Chance& chance) : chance_(chance) {}

  GeneratedDeclarations run(bool safe) {
    add_results();
    if (chance_.percent(55)) add_windows();
    if (chance_.percent(45)) add_carry();
    const u32 tables = chance_.below(6);
    for (u32 i = 0; i < tables; ++i) add_table();
    if (chance_.percent(50)) program_.emit_budget = emit_budget(safe);
    if (chance_.percent(30)) add_resources();
    add_unread();
    return std::move(made_);
  }

 private:
  void add_result(Combine combine, u32 count) {
    const u32 first = words_;
    words_ += count;
    program_.results.push_back({"r" + std::to_string(program_.results.size()), combine, count});
    for (u32 word = first; word < words_; ++word) made_.allow(ImmediateKind::kResult, word);
    if (combine != Combine::kSum || count < vir0::kHistogramWords) return;
    for (u32 word = first; word + vir0::kHistogramWords <= words_; ++word) {
      made_.allow(ImmediateKind::kResultBlock, word);
    }
  }

  void add_results() {
    add_result(Combine::kSum, 1);
    const u32 more = chance_.below(5);
    for (u32 i = 0; i < more; ++i) {
      add_result(static_cast<Combine>(chance_.below(6)), chance_.between(1, 3));
    }
    if (chance_.percent(25)) add_result(Combine::kSum, chance_.between(256, 260));
  }

  void add_windows() {
    const bool with_state = chance_.percent(40);
    u32 first = chance_.below(8);
    const u32 count = chance_.between(1, 5);
    for (u32 i = 0; i < count; ++i) {
      const auto access = static_cast<WindowAccess>(chance_.below(with_state ? 6 : 5));
      const u32 words = chance_.one_of({1u, 2u, 7u, 16u, 32u, 64u});
      program_.windows.push_back({"w" + std::to_string(i), access, first, words});
      allow_window(access, i);
      first += words + chance_.below(4);
    }
  }

  void allow_window(WindowAccess access, u32 index) {
    const bool state = access == WindowAccess::kState;
    const auto allow = [&](WindowAccess needed, ImmediateKind kind) {
      if (state || access == needed) made_.allow(kind, index);
    };
    allow(WindowAccess::kRead, ImmediateKind::kWindowLoad);
    allow(WindowAccess::kAdd, ImmediateKind::kWindowAdd);
    allow(WindowAccess::kMin, ImmediateKind::kWindowMin);
    allow(WindowAccess::kMax, ImmediateKind::kWindowMax);
    allow(WindowAccess::kOr, ImmediateKind::kWindowOr);
    allow(WindowAccess::kState, ImmediateKind::kWindowStore);
  }

  void add_carry() {
    program_.carry_words = chance_.between(1, vir0::kMaxCarryWords);
    for (u32 word = 0; word < program_.carry_words; ++word) {
      made_.allow(ImmediateKind::kCarry, word);
      if (word + vir0::kXxh64CarryWords <= program_.carry_words) {
        made_.allow(ImmediateKind::kCarryBlock, word);
      }
    }
  }

  void add_table() {
    const u32 index = static_cast<u32>(program_.tables.size());
    std::vector<std::byte> bytes;
    switch (chance_.below(4)) {
      case 0:
        bytes = random_bytes(chance_.one_of({1u, 2u, 4u, 12u, 64u, 128u, 256u, 516u, 1024u}));
        break;
      case 1:
        bytes = random_bytes(vir0::kSetBytes);
        made_.allow(ImmediateKind::kTableSet, index);
        break;
      case 2:
        bytes = literal();
        made_.allow(ImmediateKind::kTableLiteral, index);
        break;
      default:
        bytes = automaton();
        made_.allow(ImmediateKind::kTableAutomaton, index);
        break;
    }
    made_.allow(ImmediateKind::kTableU8, index);
    if (bytes.size() % 2 == 0) made_.allow(ImmediateKind::kTableU16, index);
    if (bytes.size() % 4 == 0) made_.allow(ImmediateKind::kTableU32, index);
    program_.tables.push_back(std::move(bytes));
  }

  std::vector<std::byte> random_bytes(u32 size) {
    std::vector<std::byte> bytes(size);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(chance_.bits());
    return bytes;
  }

  std::vector<std::byte> literal() {
    const u32 size = chance_.percent(70) ? chance_.between(2, 6)
                                         : chance_.one_of({1u, 8u, 15u, 16u, 17u, 64u, 255u, 256u});
    const u32 letters = chance_.one_of({1u, 2u, 4u, 26u});
    std::string text;
    while (text.size() < size) text.push_back(static_cast<char>('a' + chance_.below(letters)));
    made_.planted.push_back(text);
    std::vector<std::byte> bytes;
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
    return bytes;
  }

  std::vector<std::byte> automaton() {
    std::mt19937 random(static_cast<u32>(chance_.bits()));
    const u32 longest = chance_.between(1, 6);
    const testing::FactorStyle style{chance_.between(1, 6),
                                     chance_.percent(80) ? std::min(2u, longest) : 1,
                                     longest,
                                     chance_.one_of({2u, 6u, 26u}),
                                     chance_.one_of({0u, 4u}),
                                     chance_.one_of({0u, 2u})};
    const auto factors = testing::random_factors(random, style);
    for (const testing::Factor& factor : factors) {
      std::string text = first_of(factor.bytes);
      if (factor.follow) text += first_of(factor.follow->bytes);
      made_.planted.push_back(std::move(text));
    }
    return testing::build_automaton(factors);
  }

  static std::string first_of(const testing::ByteString& sets) {
    std::string text;
    for (const testing::ByteSet& set : sets) {
      u32 byte = 0;
      while (byte < 255 && !set[byte]) ++byte;
      text.push_back(static_cast<char>(byte));
    }
    return text;
  }

  u32 emit_budget(bool safe) {
    if (safe) return u32{1} << 24;
    return chance_.one_of({1u, 127u, 128u, 129u, 300u, 5000u, 70000u});
  }

  void add_resources() {
    program_.io_bytes = chance_.one_of({1u, 7u, 8u, 64u, 200u, kMostIoBytes});
    const u32 count = chance_.below(3);
    for (u32 i = 0; i < count; ++i) program_.resources.push_back("file" + std::to_string(i));
  }

  void add_unread() {
    if (chance_.percent(30)) program_.metadata = "program \"" + std::to_string(chance_.bits());
    if (chance_.percent(10)) {
      program_.unknown_sections.push_back({0x80000000 | chance_.below(9), random_bytes(13)});
    }
  }

  Chance& chance_;
  GeneratedDeclarations made_;
  Program& program_ = made_.program;
  u32 words_ = 0;
};

}  // namespace

GeneratedDeclarations generate_declarations(Chance& chance, bool safe) {
  return DeclarationGenerator(chance).run(safe);
}

}  // namespace vyre::oracle
