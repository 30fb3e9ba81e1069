#include "runtime/stream_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ingest/chunk_plan.hpp"

namespace vyre::runtime {
namespace {

// Records that an outcome has room for at most: 8 MiB, taken only where they are written.
constexpr std::uint64_t kMostRecords = 1u << 20;
// More is as good as no parts.
constexpr std::uint64_t kMostPartBytes = std::uint64_t{1} << 40;

bool writes_windows(const Program& program) {
  return std::any_of(program.windows.begin(), program.windows.end(),
                     [](const auto& window) { return window.access != WindowAccess::kRead; });
}

std::string_view reason_to_separate(const VerifiedProgram& verified) {
  const Program& program = verified.program();
  if (!program.results.empty()) return "results";
  if (program.carry_words != 0) return "carry";
  if (verified.bounds().output_per_tile != 0) return "output";
  if (verified.bounds().io_bytes != 0) return "loads from resources";
  return writes_windows(program) ? "windows that it writes" : std::string_view{};
}

bool adds_up(const ProgramBounds& bounds) {
  return bounds.order == TileOrder::kAny && bounds.records_per_tile == 0 &&
         bounds.output_per_tile == 0 && bounds.io_bytes == 0;
}

/// At least `wanted`, in whole chunks.
std::uint64_t whole_chunks(std::uint64_t wanted, std::uint32_t slot_bytes) {
  const std::uint64_t own = ingest::own_bytes(slot_bytes);
  return (std::min(wanted, kMostPartBytes) + own - 1) / own * own;
}

}  // namespace

ProgramNeeds needs_of(const VerifiedProgram& program) {
  return {.order = program.bounds().order,
          .records_per_tile = program.bounds().records_per_tile,
          .output_per_tile = program.bounds().output_per_tile,
          .io_bytes = program.bounds().io_bytes,
          .adds_up = adds_up(program.bounds()),
          .writes_windows = writes_windows(program.program()),
          .separate_for = reason_to_separate(program)};
}

Result<StreamPlan> plan_stream(const ProgramNeeds& program, FilePlacement placement,
                               std::uint64_t part_bytes, const Sizing& sizing) {
  if (placement == FilePlacement::kPacked) {
    if (!program.separate_for.empty()) {
      return tl::unexpected(invalid_argument(
          fmt::format("the program has {}, which files that share a chunk would mix",
                      program.separate_for),
          "stream with FilePlacement::kSeparate"));
    }
    return StreamPlan{.room = {.records = sizing.records_per_slot}};
  }
  if (sizing.slot_bytes < ingest::kTileSlotBytes) {
    return tl::unexpected(invalid_argument(
        fmt::format("slots of {} bytes do not hold a tile and its halos", sizing.slot_bytes),
        "use slots of at least 128 KiB"));
  }
  const bool serial = program.order == TileOrder::kSerial;
  const std::uint64_t tiles = ingest::most_tiles(sizing.slot_bytes);
  const std::uint64_t records = std::min(program.records_per_tile, kMostRecords) * tiles;
  return StreamPlan{
      .placement = serial ? ingest::Placement::kInOrder : ingest::Placement::kSeparate,
      .one_ring = serial,
      .room = {.records =
                   static_cast<std::uint32_t>(std::clamp<std::uint64_t>(records, 1, kMostRecords)),
               .output_bytes = program.output_per_tile * tiles,
               .inbox_bytes = program.io_bytes,
               .holds_all_records = records <= kMostRecords},
      .part_bytes =
          program.adds_up && sizing.rings > 1 ? whole_chunks(part_bytes, sizing.slot_bytes) : 0};
}

}  // namespace vyre::runtime
