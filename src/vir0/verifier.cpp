#include <algorithm>

#include "vir0/saturating.hpp"
#include "vir0/verifier_access.hpp"
#include "vir0/verifier_flow.hpp"

namespace vyre {
namespace {

bool uses_carry(const vir0::Code& code) {
  return std::any_of(code.rows.begin(), code.rows.end(), [](const vir0::InstructionInfo* row) {
    return row->immediate == vir0::ImmediateKind::kCarry ||
           row->immediate == vir0::ImmediateKind::kCarryBlock;
  });
}

TileOrder order_of(const vir0::Code& code, const vir0::DeclarationTotals& totals) {
  if (totals.has_state_window) return TileOrder::kSerial;
  return uses_carry(code) ? TileOrder::kPerFile : TileOrder::kAny;
}

}  // namespace

Result<VerifiedProgram> verify(Program program) {
  const auto totals = vir0::check_declarations(program);
  if (!totals) return tl::unexpected(totals.error());
  const auto code = vir0::read_code(program);
  if (!code) return tl::unexpected(code.error());
  const auto registers = vir0::check_flow(program, *code);
  if (!registers) return tl::unexpected(registers.error());
  const auto automata = vir0::check_immediates(program, *code, *totals);
  if (!automata) return tl::unexpected(automata.error());
  const auto cost = vir0::check_cost(program, *code, *automata);
  if (!cost) return tl::unexpected(cost.error());
  auto accesses = vir0::check_accesses(program, *code, cost->runs);
  if (!accesses) return tl::unexpected(accesses.error());

  ProgramBounds bounds;
  bounds.fuel_per_tile = vir0::saturating_add(cost->fuel, cost->check_fuel);
  bounds.records_per_tile = cost->records;
  if (program.emit_budget) {
    bounds.records_per_tile = std::min<u64>(cost->records, *program.emit_budget);
  }
  bounds.output_per_tile = accesses->output;
  bounds.scalar_registers = registers->scalars;
  bounds.vector_registers = registers->vectors;
  bounds.mask_registers = registers->masks;
  bounds.loop_depth = code->loop_depth;
  bounds.result_words = static_cast<u32>(totals->result_words.size());
  bounds.window_words = totals->window_words;
  bounds.io_bytes = program.io_bytes;
  bounds.order = order_of(*code, *totals);
  bounds.proven_accesses = accesses->proven_accesses;
  bounds.checked_accesses = accesses->checked_accesses;
  return VerifiedProgram(std::move(program), bounds, std::move(accesses->proven));
}

}  // namespace vyre
