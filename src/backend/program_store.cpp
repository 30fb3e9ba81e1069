#include "backend/program_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "backend/carver.hpp"
#include "backend/worker_words.hpp"
#include "vir0/emit_budget.hpp"
#include "vir0/isa.hpp"
#include "vir0/result_combine.hpp"
#include "vir0/tile_reach.hpp"
#include "wire/work_slot.hpp"

namespace vyre::backend {
namespace {

struct ProgramImage {
  u64* code;
  kernel::TableView* tables;
  wire::CombineKind* combines;
  kernel::WindowRange* windows;
  std::vector<std::byte*> table_bytes;
};

ProgramImage lay_out(Carver& carver, const VerifiedProgram& verified) {
  const Program& program = verified.program();
  ProgramImage image{carver.take<u64>(program.code.size()),
                     carver.take<kernel::TableView>(program.tables.size()),
                     carver.take<wire::CombineKind>(verified.bounds().result_words),
                     carver.take<kernel::WindowRange>(program.windows.size()),
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

/// The code, with what is proven marked.
void fill_code(const VerifiedProgram& verified, u64* code) {
  const std::vector<u64>& words = verified.program().code;
  for (std::size_t i = 0; i < words.size(); ++i) {
    vir0::Instruction instruction = vir0::unpack(words[i]);
    if (verified.proven()[i]) instruction.dst |= vir0::kProvenInBounds;
    code[i] = vir0::pack(instruction);
  }
}

void fill_tables(const Program& program, const Carver& carver, const ProgramImage& image) {
  for (std::size_t i = 0; i < program.tables.size(); ++i) {
    const auto& table = program.tables[i];
    if (!table.empty()) std::memcpy(image.table_bytes[i], table.data(), table.size());
    image.tables[i] = {reinterpret_cast<const u8*>(carver.address(image.table_bytes[i])),
                       static_cast<u32>(table.size()), nullptr};
  }
}

/// Has the backend prepare the automata, which lie in workers' memory by now.
Status prepare_automata(Backend& backend, const Program& program, const Carver& carver,
                        const ProgramImage& image) {
  for (std::size_t i = 0; i < program.tables.size(); ++i) {
    if (!uses_as_automaton(program, i)) continue;
    const std::span bytes(carver.address(image.table_bytes[i]), program.tables[i].size());
    const auto prepared = backend.prepare(bytes);
    if (!prepared) return tl::unexpected(prepared.error());
    image.tables[i].plan = *prepared;
    Status status = write_value(backend, carver.address(image.tables + i), image.tables[i]);
    if (!status) return status;
  }
  return {};
}

/// What the program declares about results and windows.
void fill_declarations(const VerifiedProgram& verified, const ProgramImage& image) {
  const auto kinds = vir0::result_combines(verified.program());
  std::transform(kinds.begin(), kinds.end(), image.combines,
                 [](Combine kind) { return static_cast<wire::CombineKind>(kind); });
  const auto& windows = verified.program().windows;
  std::transform(windows.begin(), windows.end(), image.windows, [](const WindowDeclaration& w) {
    return kernel::WindowRange{w.first, w.count, static_cast<u32>(w.access)};
  });
}

/// Nothing passes from tile to tile, what tiles leave commutes, and none of them parks the chunk.
bool splits(const VerifiedProgram& verified) {
  return verified.bounds().order == TileOrder::kAny && verified.program().carry_words == 0 &&
         verified.bounds().output_per_tile == 0 && verified.bounds().io_bytes == 0;
}

kernel::ProgramView view_of(const VerifiedProgram& verified, const Carver& carver,
                            const ProgramImage& image) {
  const Program& program = verified.program();
  const ProgramBounds& bounds = verified.bounds();
  const vir0::TileReach reach = vir0::tile_reach(program);
  return {.code = carver.address(image.code),
          .code_length = static_cast<u32>(program.code.size()),
          .table_count = static_cast<u32>(program.tables.size()),
          .tables = carver.address(image.tables),
          .combines = carver.address(image.combines),
          .result_count = bounds.result_words,
          .window_count = static_cast<u32>(program.windows.size()),
          .windows = carver.address(image.windows),
          .window_words = bounds.window_words,
          .carry_words = program.carry_words,
          .emit_budget = vir0::emit_budget(verified),
          .splits = splits(verified) ? 1u : 0u,
          .reach_before = reach.before,
          .reach_after = reach.after,
          .io_bytes = bounds.io_bytes};
}

/// Copies the program into `memory` and has the backend prepare its automata.
Result<kernel::ProgramView> fill(Backend& backend, const VerifiedProgram& verified,
                                 std::span<std::byte> memory) {
  std::vector<std::byte> bytes(memory.size());
  Carver carver(bytes, memory.data());
  const ProgramImage image = lay_out(carver, verified);
  fill_code(verified, image.code);
  fill_declarations(verified, image);
  fill_tables(verified.program(), carver, image);
  Status status = backend.write(memory.data(), bytes);
  if (status) status = prepare_automata(backend, verified.program(), carver, image);
  if (!status) return tl::unexpected(std::move(status.error()));
  return view_of(verified, carver, image);
}

}  // namespace

Status ProgramStore::check(const VerifiedProgram& program, u32 tenant) const {
  if (tenant >= wire::kMaxTenants) {
    return tl::unexpected(
        invalid_argument(fmt::format("tenant {} of {}", tenant, wire::kMaxTenants),
                         fmt::format("use tenant 0 to {}", wire::kMaxTenants - 1)));
  }
  const u32 wanted = program.bounds().window_words;
  if (wanted > window_words_) {
    return tl::unexpected(invalid_argument(
        fmt::format("the program declares window words up to {}, a tenant's window has {}", wanted,
                    window_words_),
        fmt::format("create the megakernel with window_words of at least {}", wanted)));
  }
  return {};
}

Result<u32> ProgramStore::load(const VerifiedProgram& verified, u32 tenant) {
  if (Status status = check(verified, tenant); !status) return tl::unexpected(status.error());
  Carver measure;
  lay_out(measure, verified);
  const std::lock_guard lock(mutex_);
  const u32 index = loaded_[tenant];
  if (index == kernel::kMaxProgramsPerTenant) {
    return tl::unexpected(unavailable(
        fmt::format("tenant {} has loaded {} programs, the most there can be", tenant, index),
        "use another tenant, or a new megakernel"));
  }
  auto memory = backend_.allocate_for_workers(measure.used());
  if (!memory) return tl::unexpected(memory.error());
  auto view = fill(backend_, verified, memory->bytes());
  if (!view) return tl::unexpected(view.error());
  kernel::ProgramEntry* entry = entries_ + tenant * kernel::kMaxProgramsPerTenant + index;
  Status status = write_value(backend_, &entry->view, *view);
  if (status) status = write_value(backend_, &entry->ready, u32{1});
  if (!status) return tl::unexpected(std::move(status.error()));
  memory_[tenant].push_back(std::move(*memory));
  ++loaded_[tenant];
  add_translation(verified, tenant, entry);
  return wire::kUserOpcodeBase + tenant * wire::kUserOpcodeWindow + index;
}

Status ProgramStore::unload(u32 tenant) {
  const std::lock_guard lock(mutex_);
  kernel::ProgramEntry* const first = entries_ + tenant * kernel::kMaxProgramsPerTenant;
  for (u32 index = 0; index < loaded_[tenant]; ++index) {
    if (Status status = write_value(backend_, &first[index].ready, u32{0}); !status) return status;
  }
  loaded_[tenant] = 0;
  for (Translated& translated : translated_) {
    if (translated.tenant == tenant) translated = {};
  }
  return {};
}

void ProgramStore::add_translation(const VerifiedProgram& program, u32 tenant,
                                   kernel::ProgramEntry* entry) {
  const ProgramCompiler* const compiler = backend_.compiler();
  if (compiler == nullptr) return;
  const auto free = std::find_if(translated_.begin(), translated_.end(),
                                 [](const Translated& other) { return other.text.empty(); });
  const auto place = static_cast<std::size_t>(free - translated_.begin());
  std::string text = compiler->translate(program, place);
  if (text.empty()) return;
  if (free == translated_.end()) translated_.emplace_back();
  translated_[place] = {std::move(text), entry, tenant, ++version_};
}

std::optional<ProgramStore::Texts> ProgramStore::texts_to_link() {
  const std::lock_guard lock(mutex_);
  if (version_ == installed_) return std::nullopt;
  Texts all{{}, version_};
  for (const Translated& translated : translated_) all.by_place.push_back(translated.text);
  return all;
}

Status ProgramStore::note_installed(const Texts& linked) {
  const std::lock_guard lock(mutex_);
  for (std::size_t place = 0; place < linked.by_place.size(); ++place) {
    const Translated& translated = translated_[place];
    // One that took the place since is not in the code; what was installed before is known.
    if (translated.text.empty() || translated.version > linked.version) continue;
    if (translated.version <= installed_) continue;
    Status status =
        write_value(backend_, &translated.entry->view.translation, static_cast<u32>(place + 1));
    if (!status) return status;
  }
  installed_ = linked.version;
  return {};
}

void ProgramStore::forget(u32 tenant) {
  const std::lock_guard lock(mutex_);
  if (loaded_[tenant] == 0) memory_[tenant].clear();
}

}  // namespace vyre::backend
