#include "tests/fuzz/cpu_program.hpp"

#include "vir0/isa.hpp"

namespace vyre::fuzz {

CpuProgram::CpuProgram(const Program& program, const testing::ProgramImage& image,
                       backend::CpuLevel level)
    : tables_(image.view().tables, image.view().tables + image.view().table_count),
      view_(image.view()),
      platform_(doorbell_, level) {
  for (const std::uint64_t word : program.code) {
    const vir0::Instruction i = vir0::unpack(word);
    if (i.op != vir0::Op::kAutomaton || tables_[i.immediate].plan != nullptr) continue;
    kernel::TableView& table = tables_[i.immediate];
    plans_.push_back(std::make_unique<backend::AutomatonPlan>(
        std::as_bytes(std::span(table.bytes, program.tables[i.immediate].size()))));
    table.plan = plans_.back().get();
  }
  view_.tables = tables_.data();
}

testing::ChunkRun CpuProgram::run_chunk(std::string_view chunk, testing::OwnPart own,
                                        const testing::ChunkOptions& options) {
  return testing::run_chunk_by(
      [this](const kernel::ProgramView& view, const kernel::Chunk& work,
             kernel::Registers& registers, kernel::RecordSink& sink) {
        return platform_.run_chunk(kernel::HostGroup{}, view, work, registers, sink);
      },
      view_, chunk, own, options);
}

}  // namespace vyre::fuzz
