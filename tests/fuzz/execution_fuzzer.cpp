// Any program that verify() accepts, over a small file in chunks: every block of memory that it may
// touch has exactly its size, so that AddressSanitizer sees a step outside, above all at accesses
// that the verifier has proven to need no check. Fuel, records and output stay within the bounds,
// no access that was proven faults, and the naive interpreter says the same where it is fast
// enough.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/check.hpp"
#include "tests/fuzz/program_from_bytes.hpp"
#include "tests/oracle/file_answer.hpp"
#include "tests/oracle/knowledge_check.hpp"
#include "tests/support/reference_run.hpp"
#include "vyre/program.hpp"

namespace vyre::fuzz {
namespace {

/// So that an input takes milliseconds: fuel of a whole run, and of one that runs twice.
constexpr u64 kMostFuel = u64{1} << 15;
constexpr u64 kMostNaiveFuel = u64{1} << 12;
constexpr std::size_t kMostNaiveBytes = 600;

std::string make_file(ByteSource& in) {
  const u8 choice = in.byte();
  const u16 number = in.half();
  std::size_t size = number % 512;
  if (choice % 16 == 0) size = kTileBytes - 8 + number % 16;
  if (choice % 16 == 1) size = kTileBytes + kHaloBytes - 8 + number % 16;
  if (choice % 16 == 2) size = 2 * kTileBytes - 8 + number % 16;
  if (choice % 16 == 3) size = number;
  const auto given = in.bytes(16);
  std::string file(size, 'a');
  for (std::size_t i = 0; i < size && !given.empty(); ++i) {
    file[i] = static_cast<char>(given[(i + i / 251) % given.size()]);
  }
  return file;
}

/// A copy in a heap block of exactly its size.
struct ExactBlock {
  explicit ExactBlock(std::string_view text) : bytes(new char[text.size()]), size(text.size()) {
    std::copy(text.begin(), text.end(), bytes.get());
  }
  std::unique_ptr<char[]> bytes;
  std::size_t size;
};

void check_outcome(const VerifiedProgram& program, const wire::OutcomeHeader& outcome) {
  const ProgramBounds& bounds = program.bounds();
  VYRE_CHECK(outcome.fuel <= bounds.fuel_per_tile * outcome.tiles);
  VYRE_CHECK(outcome.output_bytes <= u64{bounds.output_per_tile} * outcome.tiles);
  if (outcome.fault_code == 0) {
    VYRE_CHECK(outcome.record_count <= bounds.records_per_tile * outcome.tiles);
    return;
  }
  // The instruction that exhausts the budget has counted its records; nobody reports them.
  VYRE_CHECK(outcome.fault_instruction < program.program().code.size());
  VYRE_CHECK(!program.proven()[outcome.fault_instruction]);
}

/// Runs the file with room for `room` records and bytes of output in each chunk, perhaps too few.
void run_in_exact_memory(const VerifiedProgram& program, std::string_view file, u32 own_bytes,
                         u32 room) {
  const testing::ProgramImage image(program);
  std::vector<u32> window(image.view().window_words, 7);
  testing::ChunkOptions options{0, {}, room, room, window};
  for (const testing::FileChunk& cut : testing::cut_file(file, own_bytes)) {
    const ExactBlock block(cut.bytes);
    options.file_offset = cut.file_offset;
    const testing::ChunkRun run =
        testing::run_chunk(image, {block.bytes.get(), block.size}, cut.own, options);
    check_outcome(program, run.outcome);
    if (run.outcome.fault_code != 0) return;
    VYRE_CHECK(std::ranges::is_sorted(run.records));
    std::ranges::copy(run.outcome.carry, options.carry.begin());
  }
}

/// The naive interpreter's answer is the kernel's, and keeps the verifier's promises.
void compare_with_naive(const VerifiedProgram& program, std::string_view file, u32 own_bytes) {
  std::vector<u32> window(program.bounds().window_words, 7);
  oracle::KnowledgeCheck knowledge(program.program());
  const oracle::NaiveRun naive =
      oracle::run_naive(program.program(), file, window, knowledge.observer());
  if (naive.broken_promise) fmt::print(stderr, "{}\n", *naive.broken_promise);
  VYRE_CHECK(!naive.broken_promise);
  if (knowledge.problem()) fmt::print(stderr, "{}\n", *knowledge.problem());
  VYRE_CHECK(!knowledge.problem());
  const auto run = testing::run_file_in_chunks(program, file, own_bytes, window);
  const auto difference =
      oracle::first_difference(oracle::answer_of(naive), oracle::answer_of(run, window));
  if (difference) fmt::print(stderr, "{}\n", *difference);
  VYRE_CHECK(!difference);
}

void run_input(ByteSource in) {
  const std::string file = make_file(in);
  const u32 own_bytes = kTileBytes * (1 + in.below(2));
  const u32 room = in.half() % 4096;
  const auto program = verify(program_from_bytes(in));
  if (!program) return;
  const u64 tiles = file.size() / kTileBytes + 1;
  if (program->fuel_per_tile() > kMostFuel / tiles) return;
  run_in_exact_memory(*program, file, own_bytes, room);
  if (file.size() <= kMostNaiveBytes && program->fuel_per_tile() <= kMostNaiveFuel) {
    compare_with_naive(*program, file, own_bytes);
  }
}

}  // namespace
}  // namespace vyre::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vyre::fuzz::run_input(vyre::fuzz::ByteSource(std::as_bytes(std::span(data, size))));
  return 0;
}
