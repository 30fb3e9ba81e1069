// Any program: verify() refuses it with an error that names its place, or gives bounds within the
// limits, the same each time.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "tests/fuzz/program_from_bytes.hpp"
#include "vir0/isa.hpp"
#include "vir0/limits.hpp"
#include "vyre/program.hpp"

namespace {

void check_bounds(const vyre::VerifiedProgram& verified) {
  using namespace vyre::vir0;
  const vyre::ProgramBounds& bounds = verified.bounds();
  VYRE_CHECK(bounds.fuel_per_tile <= kMaxFuelPerTile + kMaxCheckFuelPerTile);
  VYRE_CHECK(bounds.output_per_tile <= kMaxTileOutput);
  VYRE_CHECK(bounds.scalar_registers <= kScalarRegisters);
  VYRE_CHECK(bounds.vector_registers <= kVectorRegisters);
  VYRE_CHECK(bounds.mask_registers <= kMaskRegisters);
  VYRE_CHECK(bounds.loop_depth <= kMaxLoopDepth);
  VYRE_CHECK(bounds.result_words <= kMaxResultWords);
  VYRE_CHECK(bounds.window_words <= kMaxWindowWords);
  const auto& budget = verified.program().emit_budget;
  VYRE_CHECK(!budget || bounds.records_per_tile <= *budget);
  VYRE_CHECK(verified.proven().size() == verified.program().code.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const vyre::fuzz::ByteSource in(std::as_bytes(std::span(data, size)));
  const vyre::Program program = vyre::fuzz::program_from_bytes(in);
  const auto verified = vyre::verify(program);
  if (!verified) {
    VYRE_CHECK(verified.error().code == vyre::ErrorCode::kInvalidProgram);
    VYRE_CHECK(!verified.error().what.empty() && !verified.error().fix.empty());
    return 0;
  }
  VYRE_CHECK(verified->program() == program);
  check_bounds(*verified);
  const auto again = vyre::verify(program);
  VYRE_CHECK(again && again->proven() == verified->proven());
  VYRE_CHECK(again->bounds().fuel_per_tile == verified->bounds().fuel_per_tile);
  return 0;
}
