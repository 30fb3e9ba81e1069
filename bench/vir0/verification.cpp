#include <fmt/format.h>

#include "fail.hpp"
#include "instructions.hpp"
#include "vyre/program.hpp"
#include "vyre/program_text.hpp"

namespace vyre::bench {
namespace {

constexpr std::size_t kInstructions = 1000;

/// A text under construction that knows how many instructions it holds.
struct Text {
  std::string text;
  std::size_t instructions = 0;

  void operator+=(const std::string& line) {
    text += line + "\n";
    ++instructions;
  }
};

void set_registers(Text& text) {
  for (int i = 0; i < 16; ++i) {
    text += fmt::format("s.const s{}, {}", i, i);
    text += fmt::format("v.const v{}, {}", i, i);
  }
  for (int i = 0; i < 8; ++i) text += fmt::format("m.const m{}, 1", i);
}

void compute(Text& text, int n) {
  text += fmt::format("v.add v{}, v{}, v{}", n % 16, (n + 3) % 16, (n + 7) % 16);
  text += fmt::format("v.andi v{}, v{}, 255", (n + 1) % 16, (n + 2) % 16);
  text += fmt::format("v.load.u8 v{}, v{}, m{}", (n + 5) % 16, (n + 1) % 16, n % 8);
  text += fmt::format("m.lt m{}, v{}, v{}", (n + 1) % 8, n % 16, (n + 5) % 16);
  text += fmt::format("s.add s{}, s{}, s{}", n % 16, (n + 3) % 16, (n + 5) % 16);
}

Text straight_line() {
  Text text;
  set_registers(text);
  for (int n = 0; text.instructions + 6 <= kInstructions; ++n) compute(text, n);
  return text;
}

/// A branch over each group of five.
Text branches() {
  Text text;
  set_registers(text);
  for (int n = 0; text.instructions + 7 <= kInstructions; ++n) {
    text += fmt::format("branch s{}, label_{}", n % 16, n);
    compute(text, n);
    text.text += fmt::format("label_{}:\n", n);
  }
  return text;
}

/// `depth` loops in each other, all of them around groups of five, again and again.
Text loops(int depth) {
  Text text;
  set_registers(text);
  const auto group = static_cast<std::size_t>(3 * depth + 5);
  for (int n = 0; text.instructions + group + 1 <= kInstructions; ++n) {
    for (int level = 0; level < depth; ++level) text += "repeat 3";
    compute(text, n);
    for (int level = 0; level < depth; ++level) {
      text += fmt::format("break s{}", (n + level) % 16);
      text += "end";
    }
  }
  return text;
}

VerificationTime time_one(const std::string& shape, Text text, int repetitions) {
  while (text.instructions + 1 < kInstructions) text += "v.lane v0";
  text += "halt";
  const Program program = expect(assemble(text.text));
  std::vector<double> seconds;
  for (int i = 0; i < repetitions; ++i) {
    Program copy = program;
    seconds.push_back(seconds_of([&] { expect(verify(std::move(copy))); }));
  }
  return {shape, program.code.size(), spread_of(std::move(seconds))};
}

}  // namespace

std::vector<VerificationTime> time_verification(int repetitions) {
  return {time_one("straight line", straight_line(), repetitions),
          time_one("branches", branches(), repetitions), time_one("loops", loops(1), repetitions),
          time_one("loops, 5 deep", loops(5), repetitions)};
}

}  // namespace vyre::bench
