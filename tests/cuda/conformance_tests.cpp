#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "tests/cuda/device_machine.hpp"
#include "tests/oracle/chance.hpp"
#include "tests/oracle/file_generator.hpp"
#include "tests/oracle/generated_declarations.hpp"
#include "tests/oracle/program_generator.hpp"
#include "tests/support/environment.hpp"
#include "vyre/program_text.hpp"

// The device makes of every program what the host makes of it: outcome, records, output, carry and
// window, bit for bit.
namespace vyre::testing {
namespace {

class CudaConformance : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = DeviceMachine::missing(); !missing.empty()) {
      GTEST_SKIP() << missing;
    }
    machine_ = std::make_unique<DeviceMachine>(DeviceRoutines::kCuda);
    portable_ = std::make_unique<DeviceMachine>(DeviceRoutines::kPortable);
  }

  /// One chunk at a time, in the file's order.
  FileRun run_in_order(DeviceMachine& machine, const ProgramImage& program, std::string_view file,
                       u32 own_bytes, std::span<u32> window,
                       std::span<const std::string> resources = {}) {
    return run_file_in_chunks(
        program, file, own_bytes, window,
        [&](const ProgramImage& image, std::string_view bytes, OwnPart own,
            const ChunkOptions& options) {
          const DeviceChunk chunk{bytes, own, options, next_shift()};
          return machine.run(image, {&chunk, 1}, options.window).front();
        },
        resources);
  }

  /// All chunks at once, a thread block each; nothing where a chunk's records or output do not fit.
  std::optional<FileRun> run_at_once(const ProgramImage& program, std::string_view file,
                                     u32 own_bytes, std::span<u32> window,
                                     std::span<const std::string> resources) {
    const std::vector<FileChunk> chunks = cut_file(file, own_bytes);
    std::vector<DeviceChunk> work;
    for (const FileChunk& chunk : chunks) {
      ChunkOptions options;
      options.file_offset = chunk.file_offset;
      options.resources = resources;
      work.push_back({chunk.bytes, chunk.own, options, next_shift()});
    }
    const std::vector<ChunkRun> runs = machine_->run(program, work, window);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const wire::OutcomeHeader& outcome = runs[i].outcome;
      if (outcome.record_count > work[i].options.record_capacity ||
          outcome.output_bytes > work[i].options.output_capacity) {
        return std::nullopt;
      }
    }
    std::size_t next = 0;
    return run_file_in_chunks(program, file, own_bytes, window,
                              [&](const ProgramImage&, std::string_view, OwnPart,
                                  const ChunkOptions&) { return runs.at(next++); });
  }

  /// Every alignment in turn.
  u32 next_shift() { return shift_++ % 64; }

  std::unique_ptr<DeviceMachine> machine_;
  std::unique_ptr<DeviceMachine> portable_;
  u32 shift_ = 0;
};

void expect_equal(const FileRun& device, const FileRun& host) {
  ASSERT_EQ(device.fault_code, host.fault_code);
  if (host.fault_code != 0) {
    EXPECT_EQ(device.fault_instruction, host.fault_instruction);
    EXPECT_EQ(device.fault_tile, host.fault_tile);
    return;
  }
  EXPECT_EQ(device.results, host.results);
  EXPECT_EQ(device.records, host.records);
  EXPECT_EQ(device.output, host.output);
  EXPECT_EQ(device.carry, host.carry);
  EXPECT_EQ(device.tiles, host.tiles);
  EXPECT_EQ(device.fuel, host.fuel);
}

constexpr u32 kOwnBytes = 2 * kTileBytes;

TEST_F(CudaConformance, RandomProgramsDoWhatTheyDoOnTheHost) {
  const u64 programs = number_from_environment("VYRE_DIFFERENTIAL_PROGRAMS", 2000);
  const u64 first = number_from_environment("VYRE_DIFFERENTIAL_SEED", 1);
  u64 faults = 0;
  u64 at_once = 0;
  u64 loads = 0;
  for (u64 seed = first; seed < first + programs; ++seed) {
    SCOPED_TRACE(fmt::format("VYRE_DIFFERENTIAL_SEED={} VYRE_DIFFERENTIAL_PROGRAMS=1", seed));
    oracle::GeneratedProgram generated = oracle::generate_program(seed);
    const Result<VerifiedProgram> program = verify(std::move(generated.program));
    ASSERT_TRUE(program) << program.error().message();
    oracle::Chance chance(seed);
    const std::string file = oracle::generate_file(chance, generated.planted);
    const std::vector<std::string> resources = oracle::generate_resources(chance);
    const ProgramImage image(*program);

    std::vector<u32> window(oracle::kWindowWords, 7);
    std::vector<u32> device_window = window;
    std::vector<u32> window_at_once = window;
    const FileRun host = run_file_in_chunks(image, file, kOwnBytes, window, run_chunk, resources);
    std::vector<u32> portable_window = device_window;
    expect_equal(run_in_order(*machine_, image, file, kOwnBytes, device_window, resources), host);
    expect_equal(run_in_order(*portable_, image, file, kOwnBytes, portable_window, resources),
                 host);
    if (host.fault_code == 0) {
      EXPECT_EQ(device_window, window);
      EXPECT_EQ(portable_window, window);
    }
    faults += host.fault_code != 0 ? 1 : 0;
    loads += image.view().io_bytes != 0 ? 1 : 0;
    if (host.fault_code == 0 && program->bounds().order == TileOrder::kAny) {
      if (const auto all = run_at_once(image, file, kTileBytes, window_at_once, resources)) {
        expect_equal(*all, host);
        EXPECT_EQ(window_at_once, window);
        ++at_once;
      }
    }
    ASSERT_FALSE(HasFailure()) << fmt::format("{} bytes of file, {} tables\n{}", file.size(),
                                              program->program().tables.size(),
                                              disassemble(program->program()));
  }
  fmt::print(
      "seeds {}..{}: {} programs, {} with a fault, {} that load, {} also with all chunks at once\n",
      first, first + programs - 1, programs, faults, loads, at_once);
}

class CudaExamples : public CudaConformance, public ::testing::WithParamInterface<const char*> {};

std::string examples_folder() {
  const char* folder = std::getenv("VYRE_EXAMPLES");
  return folder == nullptr ? VYRE_EXAMPLES_FOLDER : folder;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_P(CudaExamples, DoWhatTheyDoOnTheHost) {
  const std::string source = read_file(fmt::format("{}/{}.vasm", examples_folder(), GetParam()));
  auto assembled = assemble(source);
  ASSERT_TRUE(assembled);
  const Result<VerifiedProgram> program = verify(std::move(*assembled));
  ASSERT_TRUE(program) << program.error().message();
  const ProgramImage image(*program);
  std::string file;
  while (file.size() < 5 * kTileBytes + 77) file += source + "1,22,333\n\xC3\xA9\n";
  std::vector<u32> window(oracle::kWindowWords);
  std::vector<u32> device_window = window;
  const FileRun host = run_file_in_chunks(image, file, kOwnBytes, window);
  ASSERT_EQ(host.fault_code, 0u);
  std::vector<u32> portable_window = device_window;
  expect_equal(run_in_order(*machine_, image, file, kOwnBytes, device_window), host);
  expect_equal(run_in_order(*portable_, image, file, kOwnBytes, portable_window), host);
  EXPECT_EQ(device_window, window);
  EXPECT_EQ(portable_window, window);
}

INSTANTIATE_TEST_SUITE_P(All, CudaExamples,
                         ::testing::Values("wc", "histogram", "crc32c", "xxh64", "field_filter",
                                           "utf8", "longest_line", "strings"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace vyre::testing
