#include "tests/simulation/programs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/units.hpp"
#include "vyre/program_text.hpp"
#include "wire/fault.hpp"

namespace vyre::simulation {
namespace {

constexpr u8 kWanted = 'v';
/// Tiles that begin with this byte or a greater one fault.
constexpr u8 kFirstFaulty = 244;

constexpr std::string_view kCountText =
    ".result count sum\n count.byte s0, 118\n result s0, count\n halt\n";
constexpr std::string_view kEmitText =
    ".table wanted\n .text \"v\"\n s.const s0, 7\n find.emit s0, wanted\n halt\n";
// Lane 0 reads the tile's byte 0, or one far behind it: the verifier leaves that to run time.
constexpr std::string_view kFaultyText =
    ".result count sum\n.table wanted\n .text \"v\"\n"
    " s.const s0, 7\n find.emit s0, wanted\n"
    " s.const s1, 0\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n s.lti s3, s2, 244\n"
    " s.eqi s3, s3, 0\n s.shli s3, s3, 20\n v.splat v1, s3\n v.lane v2\n m.eqi m0, v2, 0\n"
    " v.load.u8 v3, v1, m0\n count.byte s0, 118\n result s0, count\n halt\n";
constexpr std::string_view kCarriedText =
    ".result sum sum\n.carry 1\n c.load s0, 0\n s.addi s0, s0, 1\n c.store s0, 0\n"
    " s.const s1, 0\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n s.mul s2, s2, s0\n"
    " result s2, sum\n halt\n";
constexpr std::string_view kSerialText =
    ".result sum sum\n.window number state 0\n v.const v1, 0\n v.lane v2\n m.eqi m0, v2, 0\n"
    " w.load v3, v1, m0, number\n v.addi v3, v3, 1\n w.store v3, v1, m0, number\n"
    " s.const s1, 0\n v.extract s0, v3, s1\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n"
    " s.mul s2, s2, s0\n result s2, sum\n halt\n";

// Each load's status, and the sum of its bytes.
constexpr std::string_view kLoadingText =
    ".io 64\n.result first sum 2\n.result second sum 2\n"
    " s.input s0, offset\n s.shri s1, s0, 32\n"
    " s.shli s0, s0, 32\n s.shri s0, s0, 32\n s.const s2, 64\n"
    " io.load s3, s1, s0, s2\n result s3, first\n branch s3, more\n"
    " v.lane v0\n m.lti m0, v0, 64\n v.inbox.u8 v1, v0, m0\n v.reduce.add s4, v1\n"
    " result s4, first+1\n"
    "more:\n s.addi s0, s0, 64\n"
    " io.load s3, s1, s0, s2\n result s3, second\n branch s3, done\n"
    " v.lane v0\n m.lti m0, v0, 64\n v.inbox.u8 v1, v0, m0\n v.reduce.add s4, v1\n"
    " result s4, second+1\n"
    "done:\n halt\n";

std::string_view text_of(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::kHalt:
      return "halt\n";
    case ProgramKind::kCount:
      return kCountText;
    case ProgramKind::kEmit:
      return kEmitText;
    case ProgramKind::kFaulty:
      return kFaultyText;
    case ProgramKind::kCarried:
      return kCarriedText;
    case ProgramKind::kSerial:
      return kSerialText;
    case ProgramKind::kLoading:
      return kLoadingText;
  }
  return {};
}

bool emits(ProgramKind kind) { return kind == ProgramKind::kEmit || kind == ProgramKind::kFaulty; }
bool counts(ProgramKind kind) {
  return kind == ProgramKind::kCount || kind == ProgramKind::kFaulty;
}
bool numbers_tiles(ProgramKind kind) {
  return kind == ProgramKind::kCarried || kind == ProgramKind::kSerial;
}

}  // namespace

std::string_view name_of(ProgramKind kind) {
  constexpr std::string_view kNames[] = {"halt",    "count",  "emit",   "faulty",
                                         "carried", "serial", "loading"};
  return kNames[static_cast<u32>(kind)];
}

VerifiedProgram make_program(ProgramKind kind) {
  auto program = assemble(text_of(kind));
  VYRE_CHECK(program.has_value());
  auto verified = verify(std::move(*program));
  VYRE_CHECK(verified.has_value());
  return std::move(*verified);
}

bool needs_separate_files(ProgramKind kind) { return numbers_tiles(kind); }

u64 tiles_of(u32 length, u32 own_begin, u32 own_end) {
  if (length == 0) return 1;
  return (own_end - own_begin + u64{kTileBytes} - 1) / kTileBytes;
}

ExpectedOutcome expect_outcome(ProgramKind kind, std::span<const u8> chunk, u32 own_begin,
                               u32 own_end, u32 record_capacity, u64 number) {
  ExpectedOutcome expected;
  u64 result = 0;
  const bool numbered = number != 0;
  const u64 end = chunk.empty() ? 1 : own_end;
  for (u64 at = own_begin; at < end; at += kTileBytes, ++number) {
    const u64 tile_end = std::min<u64>(at + kTileBytes, own_end);
    const u8 first = chunk.empty() ? 0 : chunk[at];
    if (kind == ProgramKind::kFaulty && (first >= kFirstFaulty || chunk.empty())) {
      expected = {};
      expected.fault_code = static_cast<u32>(wire::FaultCode::kTileOutOfRange);
      return expected;
    }
    if (numbers_tiles(kind)) result += number * first;
    if (!emits(kind) && !counts(kind)) continue;
    for (u64 i = at; i < tile_end; ++i) {
      if (chunk[i] != kWanted) continue;
      if (counts(kind)) ++result;
      if (!emits(kind)) continue;
      if (expected.record_count++ < record_capacity) {
        expected.records.push_back({static_cast<u32>(i), 7});
      }
    }
  }
  if (expected.record_count > record_capacity) expected.records.clear();
  if (counts(kind) || (numbers_tiles(kind) && numbered)) expected.result = result;
  return expected;
}

ExpectedOutcome KnownPrograms::expect(u32 opcode, std::span<const u8> chunk, u32 own_begin,
                                      u32 own_end, u32 record_capacity) const {
  return expect_outcome(kinds_.at(opcode), chunk, own_begin, own_end, record_capacity, 0);
}

}  // namespace vyre::simulation
