#include "instructions.hpp"

#include <fmt/format.h>

#include "fail.hpp"
#include "machine.hpp"
#include "vyre/program_text.hpp"

namespace vyre::bench {
namespace {

constexpr u32 kCopies = 16;
constexpr u32 kRepeats = 256;

/// Registers that the timed instructions read: s0 = 1000, v0 = lane, v1 = 4 * lane, m0 = all lanes.
constexpr const char* kBegin = R"(
.result out sum
.table identifiers
  .set "0123456789abcdefghijklmnopqrstuvwxyz"
  s.const s0, 1000
  s.const s1, 0
  v.lane v0
  v.muli v1, v0, 4
  v.const v2, 0
  m.const m0, 1
  m.lti m1, v0, 100
  repeat {}
)";

const char* const kTimed[] = {
    "s.add s1, s1, s0",
    "v.lane v2",
    "v.splat v2, s0",
    "v.mov v2, v1",
    "v.add v2, v0, v1",
    "v.mul v2, v0, v1",
    "v.shl v2, v0, v1",
    "v.addi v2, v0, 7",
    "v.popcount v2, v1",
    "v.ctz v2, v1",
    "v.clz v2, v1",
    "v.select v2, v0, v1, m1",
    "v.block.u8 v2, s0",
    "v.block.u32 v2, s0",
    "v.load.u8 v2, v0, m1",
    "v.load.u32 v2, v1, m1",
    "v.shuffle v2, v0, v1",
    "v.extract s1, v0, s0",
    "v.scan.add v2, v0",
    "v.scan.max v2, v0",
    "v.reduce.add s1, v0",
    "m.eqi m2, v0, 7",
    "m.and m2, m0, m1",
    "m.count s1, m1",
    "m.ballot s1, m1, 0",
    "result s0, out",
    "class.bitmap v2, s0, identifiers",
};

InstructionTime time_one(const std::string& text, backend::CpuLevel level, int repetitions) {
  std::string program = fmt::format(fmt::runtime(kBegin), kRepeats);
  for (u32 i = 0; i < kCopies; ++i) program += text + "\n";
  program += "end\nhalt\n";
  auto assembled = assemble(program);
  if (!assembled) fail(fmt::format("`{}`: {}", text, assembled.error().message()));
  Machine machine(expect(verify(std::move(*assembled))), level);
  const std::vector<u8> file(kChunkBytes, 'a');
  machine.run(file);
  std::vector<double> seconds;
  for (int i = 0; i < repetitions; ++i) {
    const double run = seconds_of([&] { machine.run(file); });
    seconds.push_back(run / (kChunkBytes / kTileBytes * kRepeats * kCopies));
  }
  return {text, spread_of(std::move(seconds))};
}

}  // namespace

std::vector<InstructionTime> time_instructions(backend::CpuLevel level, int repetitions) {
  std::vector<InstructionTime> times;
  for (const char* text : kTimed) times.push_back(time_one(text, level, repetitions));
  return times;
}

}  // namespace vyre::bench
