#include "tests/support/reference_run.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

#include "base/check.hpp"
#include "kernel/portable_platform.hpp"
#include "vir0/result_combine.hpp"

namespace vyre::testing {
namespace {

u32 budget_of(const VerifiedProgram& program) {
  const u64 bound = program.bounds().records_per_tile;
  const u64 most = std::min<u64>(bound, std::numeric_limits<u32>::max());
  return program.program().emit_budget.value_or(static_cast<u32>(most));
}

u64 window_words_of(const Program& program) {
  u64 words = 0;
  for (const WindowDeclaration& window : program.windows) {
    words = std::max(words, u64{window.first} + window.count);
  }
  return words;
}

FileChunk cut_chunk(std::string_view file, u64 begin, u32 own_bytes) {
  const u64 end = std::min<u64>(begin + own_bytes, file.size());
  const u64 from = begin < kHaloBytes ? 0 : begin - kHaloBytes;
  const u64 to = std::min<u64>(end + kHaloBytes, file.size());
  return {std::string(file.substr(from, to - from)),
          {static_cast<u32>(begin - from), static_cast<u32>(end - from)},
          from};
}

/// Adds a chunk's results, records and output to the file's.
void join(FileRun& file, const ChunkRun& chunk, const FileChunk& cut, const ProgramImage& program) {
  for (std::size_t i = 0; i < file.results.size(); ++i) {
    file.results[i] =
        vir0::combine(program.combines()[i], file.results[i], chunk.outcome.results[i]);
  }
  for (const wire::Record& record : chunk.records) {
    file.records.push_back({cut.file_offset + record.offset, record.value});
  }
  file.output.insert(file.output.end(), chunk.output.begin(), chunk.output.end());
  std::copy_n(chunk.outcome.carry, file.carry.size(), file.carry.begin());
  file.fuel += chunk.outcome.fuel;
}

}  // namespace

ProgramImage::ProgramImage(const VerifiedProgram& program)
    : ProgramImage(program.program(), program.proven()) {
  view_.emit_budget = budget_of(program);
}

ProgramImage::ProgramImage(const Program& program, const std::vector<bool>& proven)
    : code_(program.code), table_bytes_(program.tables), combines_(vir0::result_combines(program)) {
  for (std::size_t i = 0; i < proven.size(); ++i) {
    if (proven[i]) code_[i] |= u64{vir0::kProvenInBounds} << 8;
  }
  for (const auto& table : table_bytes_) {
    tables_.push_back(
        {reinterpret_cast<const u8*>(table.data()), static_cast<u32>(table.size()), nullptr});
  }
  for (const Combine kind : combines_) kinds_.push_back(static_cast<wire::CombineKind>(kind));
  for (const WindowDeclaration& window : program.windows) {
    windows_.push_back({window.first, window.count, static_cast<u32>(window.access)});
  }
  view_ = {.code = code_.data(),
           .code_length = static_cast<u32>(code_.size()),
           .table_count = static_cast<u32>(tables_.size()),
           .tables = tables_.data(),
           .combines = kinds_.data(),
           .result_count = static_cast<u32>(kinds_.size()),
           .window_count = static_cast<u32>(windows_.size()),
           .windows = windows_.data(),
           .window_words = static_cast<u32>(window_words_of(program)),
           .carry_words = program.carry_words,
           .emit_budget = program.emit_budget.value_or(std::numeric_limits<u32>::max()),
           .splits = 0,
           .reach_before = kHaloBytes,
           .reach_after = kHaloBytes,
           .io_bytes = program.io_bytes};
}

void serve_load(kernel::Park& park, std::span<const std::string> resources, std::span<u8> inbox) {
  const kernel::IoRequest& request = park.request;
  const u32 handle = wire::io_source_handle(request.source);
  std::fill(inbox.begin(), inbox.end(), u8{0xEE});
  park.status = static_cast<u32>(wire::IoStatus::kUnknownResource);
  if (handle >= resources.size()) return;
  const std::string& bytes = resources[handle];
  park.status = static_cast<u32>(wire::IoStatus::kOutOfRange);
  if (request.offset > bytes.size() || request.bytes > bytes.size() - request.offset) return;
  std::copy_n(bytes.data() + request.offset, request.bytes, inbox.data());
  park.status = static_cast<u32>(wire::IoStatus::kOk);
}

ChunkRun run_chunk_by(const ViewRunner& runner, const kernel::ProgramView& program,
                      std::string_view chunk, OwnPart own, const ChunkOptions& options) {
  VYRE_CHECK(program.window_words <= options.window.size());
  ChunkRun run{};
  std::copy(options.carry.begin(), options.carry.end(), run.outcome.carry);
  run.records.resize(options.record_capacity);
  run.output.resize(options.output_capacity);
  kernel::Park park{};
  std::vector<u8> inbox(program.io_bytes);
  kernel::Chunk work{.bytes = reinterpret_cast<const u8*>(chunk.data()),
                     .length = static_cast<u32>(chunk.size()),
                     .own_begin = own.begin,
                     .own_end = own.end,
                     .file_offset = options.file_offset,
                     .outcome = &run.outcome,
                     .records = run.records.data(),
                     .record_capacity = options.record_capacity,
                     .output = reinterpret_cast<u8*>(run.output.data()),
                     .output_capacity = options.output_capacity,
                     .window = options.window.data(),
                     .window_words = static_cast<u32>(options.window.size()),
                     .park = &park,
                     .inbox = inbox.data()};
  const auto registers = std::make_unique<kernel::Registers>();
  kernel::RecordSink sink{};
  while (runner(program, work, *registers, sink).fault_code == kernel::kParked) {
    serve_load(park, options.resources, inbox);
    std::memset(registers.get(), 0xA5, sizeof *registers);
    sink = {};
    work.resumes = 1;
  }
  const bool overflow = run.outcome.record_count > options.record_capacity;
  run.records.resize(overflow ? 0 : run.outcome.record_count);
  const bool lost = run.outcome.output_bytes > options.output_capacity;
  run.output.resize(lost ? 0 : run.outcome.output_bytes);
  return run;
}

ChunkRun run_chunk(const ProgramImage& program, std::string_view chunk, OwnPart own,
                   const ChunkOptions& options) {
  kernel::PortablePlatform platform;
  return run_chunk_by(
      [&](const kernel::ProgramView& view, const kernel::Chunk& work, kernel::Registers& registers,
          kernel::RecordSink& sink) {
        return platform.run_chunk(kernel::HostGroup{}, view, work, registers, sink);
      },
      program.view(), chunk, own, options);
}

ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk, OwnPart own,
                       u32 capacity, u64 file_offset) {
  ChunkOptions options;
  options.record_capacity = capacity;
  options.file_offset = file_offset;
  return run_chunk(ProgramImage(program), chunk, own, options);
}

ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk) {
  return run_reference(program, chunk, {0, static_cast<u32>(chunk.size())});
}

std::vector<FileChunk> cut_file(std::string_view file, u32 own_bytes) {
  VYRE_CHECK(own_bytes != 0);
  std::vector<FileChunk> chunks;
  for (u64 begin = 0; begin < std::max<u64>(file.size(), 1); begin += own_bytes) {
    chunks.push_back(cut_chunk(file, begin, own_bytes));
  }
  return chunks;
}

FileRun run_file_in_chunks(const ProgramImage& program, std::string_view file, u32 own_bytes,
                           std::span<u32> window, const ChunkRunner& runner,
                           std::span<const std::string> resources) {
  constexpr u32 kMaxRecords = 1u << 24;
  constexpr u64 kMaxOutput = u64{1} << 26;
  VYRE_CHECK(own_bytes % kTileBytes == 0);
  FileRun run;
  for (const Combine kind : program.combines()) run.results.push_back(vir0::identity(kind));
  for (const FileChunk& cut : cut_file(file, own_bytes)) {
    ChunkOptions options{cut.file_offset, run.carry, 1u << 16, 1u << 20, window, resources};
    std::vector<u32> kept(window.begin(), window.end());
    ChunkRun chunk = runner(program, cut.bytes, cut.own, options);
    if (chunk.outcome.record_count > options.record_capacity ||
        chunk.outcome.output_bytes > options.output_capacity) {
      VYRE_CHECK(chunk.outcome.record_count <= kMaxRecords);
      VYRE_CHECK(chunk.outcome.output_bytes <= kMaxOutput);
      std::copy(kept.begin(), kept.end(), window.begin());
      options.record_capacity = chunk.outcome.record_count;
      options.output_capacity = chunk.outcome.output_bytes;
      chunk = runner(program, cut.bytes, cut.own, options);
    }
    if (chunk.outcome.fault_code != 0) {
      run.fault_code = chunk.outcome.fault_code;
      run.fault_instruction = chunk.outcome.fault_instruction;
      run.fault_tile = run.tiles + chunk.outcome.fault_tile;
      return run;
    }
    join(run, chunk, cut, program);
    run.tiles += chunk.outcome.tiles;
  }
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    run.results[i] = vir0::finish(program.combines()[i], run.results[i], file.size());
  }
  return run;
}

FileRun run_file_in_chunks(const VerifiedProgram& program, std::string_view file, u32 own_bytes,
                           std::span<u32> window, std::span<const std::string> resources) {
  return run_file_in_chunks(ProgramImage(program), file, own_bytes, window, run_chunk, resources);
}

}  // namespace vyre::testing
