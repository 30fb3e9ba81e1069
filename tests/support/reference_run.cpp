#include "tests/support/reference_run.hpp"

#include <memory>

namespace vyre::testing {

ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk, OwnPart own,
                       u32 capacity, u64 file_offset) {
  std::vector<kernel::TableView> tables;
  for (const auto& table : program.program().tables) {
    tables.push_back(
        {reinterpret_cast<const u8*>(table.data()), static_cast<u32>(table.size()), nullptr});
  }
  const kernel::ProgramView view{program.program().code.data(),
                                 static_cast<u32>(program.program().code.size()),
                                 static_cast<u32>(tables.size()), tables.data()};
  ChunkRun run{};
  run.records.resize(capacity);
  const kernel::Chunk work{reinterpret_cast<const u8*>(chunk.data()),
                           static_cast<u32>(chunk.size()),
                           own.begin,
                           own.end,
                           file_offset,
                           &run.outcome,
                           run.records.data(),
                           capacity};
  const auto registers = std::make_unique<kernel::Registers>();
  kernel::RecordSink sink{};
  ReferencePlatform platform;
  kernel::run_chunk(kernel::HostGroup{}, platform, view, work, *registers, sink);
  run.records.resize(run.outcome.record_count > capacity ? 0 : run.outcome.record_count);
  return run;
}

ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk) {
  return run_reference(program, chunk, {0, static_cast<u32>(chunk.size())});
}

}  // namespace vyre::testing
