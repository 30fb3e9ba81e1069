#include "runtime/fault_text.hpp"

#include <fmt/format.h>

namespace vyre::runtime {
namespace {

using wire::FaultCode;

struct FaultText {
  FaultCode code;
  std::string_view name;
  /// Raised by an instruction: what it did. Empty for the others.
  std::string_view deed = {};
  std::string_view fix = {};
};

constexpr FaultText kTexts[] = {
    {FaultCode::kUnknownOpcode, "unknown-opcode"},
    {FaultCode::kUnknownTenant, "unknown-tenant"},
    {FaultCode::kIndexOutOfRange, "index-out-of-range"},
    {FaultCode::kUnknownProgram, "unknown-program"},
    {FaultCode::kUnknownRegion, "unknown-region"},
    {FaultCode::kChunkOutOfRange, "chunk-out-of-range"},
    {FaultCode::kOutcomeOutOfRange, "outcome-out-of-range"},
    {FaultCode::kTileOutOfRange, "tile-out-of-range",
     "it reached outside the bytes that the tile can read",
     "mask off lanes outside [-before, length + after)"},
    {FaultCode::kFuelExhausted, "fuel-exhausted", "the tile's fuel ran out",
     "repeat less, or find results with macro-instructions"},
    {FaultCode::kMalformedPackedSlot, "malformed-packed-slot"},
    {FaultCode::kTableOutOfRange, "table-out-of-range", "it reached beyond the end of its table",
     "mask off lanes whose index is the table's length or more"},
    {FaultCode::kWindowOutOfRange, "window-out-of-range", "it reached beyond the end of its window",
     "mask off lanes whose index is the window's count or more"},
    {FaultCode::kOutputOutOfRange, "output-out-of-range",
     "the tile copied more than 65536 bytes to its output", "copy less per tile"},
    {FaultCode::kMalformedFence, "malformed-fence"},
    {FaultCode::kEmitBudgetExhausted, "emit-budget-exhausted",
     "the tile emitted more records than the program's budget",
     "declare a greater budget with .emit"},
    {FaultCode::kInboxOutOfRange, "inbox-out-of-range",
     "it reached beyond the bytes that its io.load had brought",
     "look at the io.load's status, and stay below its length"},
    {FaultCode::kInboxTooSmall, "inbox-too-small"},
    {FaultCode::kInboxInUse, "inbox-in-use"},
    {FaultCode::kCancelled, "cancelled"},
    {FaultCode::kDeadlineExceeded, "deadline-exceeded"},
    {FaultCode::kWorkerLost, "worker-lost"},
};

const FaultText* find(FaultCode code) noexcept {
  for (const FaultText& text : kTexts) {
    if (text.code == code) return &text;
  }
  return nullptr;
}

}  // namespace

std::string_view fault_name(FaultCode code) noexcept {
  const FaultText* text = find(code);
  return text != nullptr ? text->name : "unknown";
}

bool is_program_fault(FaultCode code) noexcept {
  const FaultText* text = find(code);
  return text != nullptr && !text->deed.empty();
}

Error program_fault_error(const ProgramFault& fault) {
  const FaultText* text = find(static_cast<FaultCode>(fault.code));
  return {ErrorCode::kDeviceFault, static_cast<int>(fault.code),
          fmt::format("the program faulted at instruction {} ({}) in the tile at offset {}: {}",
                      fault.instruction, fault.name, fault.tile_offset,
                      text != nullptr ? text->deed : std::string_view("no reason is known")),
          std::string(text != nullptr ? text->fix : std::string_view{})};
}

Error slot_fault_error(FaultCode code, std::uint32_t detail) {
  return {ErrorCode::kDeviceFault, static_cast<int>(code),
          fmt::format("the workers refused a chunk: {}, {}", fault_name(code), detail),
          "docs/ARCHITECTURE.md lists the fault codes"};
}

Error given_up_error(const ingest::SlotChunk& chunk) {
  return {ErrorCode::kDeviceFault, static_cast<int>(FaultCode::kWorkerLost),
          fmt::format("the chunk at offset {} was given up: two workers, one after the other, hung "
                      "or ended in the middle of it",
                      chunk.file_offset + chunk.own_begin),
          "report the program and the file"};
}

Error lost_state_error(const ingest::SlotChunk& chunk) {
  return {
      ErrorCode::kDeviceFault, static_cast<int>(FaultCode::kWorkerLost),
      fmt::format("a worker hung or ended in the middle of the chunk at offset {}, and the "
                  "program cannot run over it once more: it changes its windows, which may hold "
                  "a part of what the chunk adds",
                  chunk.file_offset + chunk.own_begin),
      "open another session and run the program over all files again"};
}

Error overdue_error(const ingest::SlotChunk& chunk, std::chrono::nanoseconds deadline) {
  return {ErrorCode::kDeviceFault, static_cast<int>(FaultCode::kDeadlineExceeded),
          fmt::format("the chunk at offset {} was given up, since it took longer than {} ms",
                      chunk.file_offset + chunk.own_begin,
                      std::chrono::duration<double, std::milli>(deadline).count()),
          "give a longer deadline, or make the program faster"};
}

}  // namespace vyre::runtime
