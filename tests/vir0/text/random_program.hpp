#pragma once

#include <random>
#include <string>
#include <vector>

#include "vir0/instruction_info.hpp"
#include "vyre/program.hpp"

namespace vyre::vir0 {

/// Programs that the wire form can hold, most of which make no sense: any instruction word, any
/// name, any count.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint32_t seed) : random_(seed) {}

  Program make() {
    Program program;
    fill(program.code, 24, [this] { return word(); });
    fill(program.tables, 4, [this] { return bytes(); });
    fill(program.results, 3, [this] {
      return ResultDeclaration{name(), Combine{small(8)}, number()};
    });
    fill(program.windows, 3, [this] {
      return WindowDeclaration{name(), WindowAccess{small(8)}, number(), number()};
    });
    program.carry_words = chance(3) ? number() : 0;
    if (chance(3)) program.emit_budget = number();
    if (chance(3)) program.io_bytes = number();
    fill(program.resources, 3, [this] { return name(); });
    fill(program.symbols, 8, [this] {
      return Symbol{Symbol::Kind{small(chance(9) ? 255 : 2)}, chance(4) ? number() : below(30),
                    name()};
    });
    if (chance(2)) program.metadata = name();
    fill(program.unknown_sections, 2, [this] {
      return UnknownSection{number() | 1u << 31, bytes()};
    });
    return program;
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_()) % bound; }
  std::uint8_t small(std::uint32_t bound) { return static_cast<std::uint8_t>(below(bound)); }
  bool chance(std::uint32_t one_in) { return below(one_in) == 0; }

  std::uint32_t number() {
    switch (below(5)) {
      case 0:
        return static_cast<std::uint32_t>(random_());
      case 1:
        return ~below(200'000);
      case 2:
        return below(200'000);
      default:
        return below(20);
    }
  }

  template <class Item, class Make>
  void fill(std::vector<Item>& items, std::uint32_t most, Make make) {
    const std::uint32_t count = chance(3) ? 0 : below(most + 1);
    for (std::uint32_t i = 0; i < count; ++i) items.push_back(make());
  }

  std::uint64_t word() {
    if (chance(20)) return std::uint64_t{number()} << 32 | number();
    Instruction instruction = unpack(0);
    const auto rows = instructions();
    instruction.op = rows[below(static_cast<std::uint32_t>(rows.size()))].op;
    const InstructionInfo& info = *find_instruction(instruction.op);
    const auto field = [this](OperandKind kind) {
      if (chance(30)) return small(256);
      return kind == OperandKind::kNone ? std::uint8_t{0} : small(8);
    };
    instruction.dst = field(info.dst);
    instruction.a = field(info.a);
    instruction.b = field(info.b);
    if (info.immediate != ImmediateKind::kNone || chance(30)) instruction.immediate = number();
    return pack(instruction);
  }

  std::string name() {
    static const std::vector<std::string> kCommon = {"a",    "loop", "s0",  "halt", "x.y", "",
                                                     "sum",  "0x1",  "@1",  "a b",  ".u8", "-1",
                                                     "read", "a;b",  "a:b", "_",    "m8",  "label"};
    if (!chance(3)) return kCommon[below(static_cast<std::uint32_t>(kCommon.size()))];
    std::string made(below(chance(10) ? 300 : 6), '\0');
    const bool wild = chance(2);
    for (char& byte : made) byte = static_cast<char>(wild ? below(256) : 'a' + below(26));
    return made;
  }

  std::vector<std::byte> bytes() {
    static const std::vector<std::uint32_t> kSizes = {0, 1, 2, 3, 4, 32, 32, 63, 64, 65, 128, 200};
    std::vector<std::byte> made(kSizes[below(static_cast<std::uint32_t>(kSizes.size()))]);
    const bool wild = chance(2);
    for (std::byte& byte : made)
      byte = std::byte{wild ? small(256)
                            : static_cast<std::uint8_t>(chance(9) ? '\n' : ' ' + below(95))};
    return made;
  }

  std::mt19937 random_;
};

}  // namespace vyre::vir0
