#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "tests/support/reference_run.hpp"
#include "tests/vir0/verifier/case_file.hpp"
#include "vyre/program_text.hpp"
#include "wire/fault.hpp"

namespace vyre::testing {
namespace {

const std::vector<ProgramCase>& all_cases() {
  static const std::vector<ProgramCase> cases = read_cases(VYRE_VERIFIER_CASES);
  return cases;
}

std::string name_of(const ::testing::TestParamInfo<ProgramCase>& info) {
  std::string name = info.param.place.substr(0, info.param.place.find('.')) + "_";
  for (const char c : info.param.title) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

std::string order_name(TileOrder order) {
  constexpr const char* kNames[] = {"any", "per-file", "serial"};
  return kNames[static_cast<std::size_t>(order)];
}

/// What a case can ask of a program's bounds, as the case writes it.
std::map<std::string, std::string> described(const ProgramBounds& bounds) {
  return {{"fuel", std::to_string(bounds.fuel_per_tile)},
          {"records", std::to_string(bounds.records_per_tile)},
          {"output", std::to_string(bounds.output_per_tile)},
          {"registers", fmt::format("{} {} {}", bounds.scalar_registers, bounds.vector_registers,
                                    bounds.mask_registers)},
          {"depth", std::to_string(bounds.loop_depth)},
          {"results", std::to_string(bounds.result_words)},
          {"windows", std::to_string(bounds.window_words)},
          {"proven", std::to_string(bounds.proven_accesses)},
          {"checked", std::to_string(bounds.checked_accesses)},
          {"order", order_name(bounds.order)}};
}

/// Files of the sizes that matter: none, shorter than the lanes, more than a tile.
std::vector<std::string> small_files() {
  std::vector<std::string> files;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100},
                                 std::size_t{5000}, kTileBytes + std::size_t{130}}) {
    std::string file(size, '\0');
    for (std::size_t i = 0; i < size; ++i) file[i] = "ab,1\nxyz \xFF\x80"[i % 11];
    files.push_back(file);
  }
  return files;
}

bool is_out_of_range(u32 code) {
  const auto fault = static_cast<wire::FaultCode>(code);
  return fault == wire::FaultCode::kTileOutOfRange || fault == wire::FaultCode::kTableOutOfRange ||
         fault == wire::FaultCode::kWindowOutOfRange || fault == wire::FaultCode::kOutputOutOfRange;
}

/// Runs with every check in place, so that a wrong proof shows as a fault.
void expect_bounds_hold(const VerifiedProgram& verified, const std::string& file) {
  const ProgramBounds& bounds = verified.bounds();
  std::vector<u32> window(bounds.window_words);
  const ProgramImage checked(verified.program());
  const FileRun run = run_file_in_chunks(checked, file, kTileBytes, window);
  if (is_out_of_range(run.fault_code)) {
    EXPECT_FALSE(verified.proven()[run.fault_instruction])
        << "instruction " << run.fault_instruction << " was proven, but is out of range";
  }
  if (run.fault_code != 0) return;
  EXPECT_LE(run.fuel, bounds.fuel_per_tile * run.tiles);
  EXPECT_LE(run.output.size(), u64{bounds.output_per_tile} * run.tiles);
  if (!verified.program().emit_budget) {
    EXPECT_LE(run.records.size(), bounds.records_per_tile * run.tiles);
  }
  std::fill(window.begin(), window.end(), 0);
  const FileRun proven = run_file_in_chunks(verified, file, kTileBytes, window);
  EXPECT_EQ(proven.results, run.results);
  EXPECT_EQ(proven.output, run.output);
}

class ProgramCases : public ::testing::TestWithParam<ProgramCase> {};

TEST_P(ProgramCases, IsJudgedAsItSays) {
  const ProgramCase& wanted = GetParam();
  SCOPED_TRACE(wanted.place + ": " + wanted.title);
  const auto program = assemble(wanted.text);
  ASSERT_TRUE(program) << program.error().message();
  const auto verified = verify(*program);
  if (wanted.rejected_at) {
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::kInvalidProgram);
    EXPECT_EQ(verified.error().detail, *wanted.rejected_at) << verified.error().message();
    EXPECT_NE(verified.error().what.find(wanted.expected.at("reason")), std::string::npos)
        << verified.error().message();
    EXPECT_FALSE(verified.error().fix.empty());
    return;
  }
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_EQ(verified->program(), *program);
  const auto bounds = described(verified->bounds());
  for (const auto& [key, value] : wanted.expected) {
    ASSERT_TRUE(bounds.contains(key)) << key;
    EXPECT_EQ(bounds.at(key), value) << key;
  }
  for (const std::string& file : small_files()) {
    SCOPED_TRACE(fmt::format("a file of {} bytes", file.size()));
    expect_bounds_hold(*verified, file);
  }
}

INSTANTIATE_TEST_SUITE_P(Verifier, ProgramCases, ::testing::ValuesIn(all_cases()), name_of);

TEST(ProgramCaseFiles, HoldEnoughOfBothKinds) {
  std::set<std::string> titles;
  std::size_t rejected = 0;
  for (const ProgramCase& each : all_cases()) {
    EXPECT_TRUE(titles.insert(each.title).second) << each.place << ": a second " << each.title;
    rejected += each.rejected_at ? 1 : 0;
  }
  EXPECT_GE(rejected, 130u);
  EXPECT_GE(all_cases().size() - rejected, 130u);
}

}  // namespace
}  // namespace vyre::testing
