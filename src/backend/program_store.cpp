#include "backend/program_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "backend/carver.hpp"
#include "vir0/isa.hpp"
#include "wire/atomics.hpp"
#include "wire/work_slot.hpp"

namespace vyre::backend {
namespace {

struct ProgramImage {
  u64* code;
  kernel::TableView* tables;
  std::vector<std::byte*> table_bytes;
};

ProgramImage lay_out(Carver& carver, const Program& program) {
  ProgramImage image{carver.take<u64>(program.code.size()),
                     carver.take<kernel::TableView>(program.tables.size()),
                     {}};
  for (const auto& table : program.tables) {
    image.table_bytes.push_back(carver.take<std::byte>(table.size()));
  }
  return image;
}

bool uses_as_automaton(const Program& program, std::size_t table) {
  return std::any_of(program.code.begin(), program.code.end(), [&](u64 word) {
    const vir0::Instruction instruction = vir0::unpack(word);
    return instruction.op == vir0::Op::kAutomaton && instruction.immediate == table;
  });
}

/// Copies the program into `memory` and has the backend prepare its automata.
Result<kernel::ProgramView> fill(Backend& backend, const Program& program,
                                 std::span<std::byte> memory) {
  Carver carver(memory);
  const ProgramImage image = lay_out(carver, program);
  std::copy(program.code.begin(), program.code.end(), image.code);
  for (std::size_t i = 0; i < program.tables.size(); ++i) {
    const auto& table = program.tables[i];
    if (!table.empty()) std::memcpy(image.table_bytes[i], table.data(), table.size());
    const void* plan = nullptr;
    if (uses_as_automaton(program, i)) {
      auto prepared = backend.prepare({image.table_bytes[i], table.size()});
      if (!prepared) return tl::unexpected(prepared.error());
      plan = *prepared;
    }
    image.tables[i] = {reinterpret_cast<const u8*>(image.table_bytes[i]),
                       static_cast<u32>(table.size()), plan};
  }
  return kernel::ProgramView{image.code, static_cast<u32>(program.code.size()),
                             static_cast<u32>(program.tables.size()), image.tables};
}

}  // namespace

Result<u32> ProgramStore::load(const VerifiedProgram& verified, u32 tenant) {
  if (tenant >= wire::kMaxTenants) {
    return tl::unexpected(
        invalid_argument(fmt::format("tenant {} of {}", tenant, wire::kMaxTenants),
                         fmt::format("use tenant 0 to {}", wire::kMaxTenants - 1)));
  }
  Carver measure;
  lay_out(measure, verified.program());
  const std::lock_guard lock(mutex_);
  const u32 index = loaded_[tenant];
  if (index == kernel::kMaxProgramsPerTenant) {
    return tl::unexpected(unavailable(
        fmt::format("tenant {} has loaded {} programs, the most there can be", tenant, index),
        "use another tenant, or a new megakernel"));
  }
  auto memory = backend_.allocate(measure.used());
  if (!memory) return tl::unexpected(memory.error());
  auto view = fill(backend_, verified.program(), memory->bytes());
  if (!view) return tl::unexpected(view.error());
  memory_.push_back(std::move(*memory));
  kernel::ProgramEntry& entry = entries_[tenant * kernel::kMaxProgramsPerTenant + index];
  entry.view = *view;
  wire::store_release(&entry.ready, 1);
  ++loaded_[tenant];
  return wire::kUserOpcodeBase + tenant * wire::kUserOpcodeWindow + index;
}

}  // namespace vyre::backend
