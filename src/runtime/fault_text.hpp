#pragma once

#include <chrono>
#include <string_view>

#include "ingest/slot.hpp"
#include "vyre/chunk.hpp"
#include "vyre/error.hpp"
#include "wire/fault.hpp"

namespace vyre::runtime {

/// The code's name in lower case with dashes: "tile-out-of-range"; "unknown" for any other number.
std::string_view fault_name(wire::FaultCode code) noexcept;

/// The code is one that a program's own instruction raises; the others say that the slot was wrong.
bool is_program_fault(wire::FaultCode code) noexcept;

/// What to tell of a program's fault: what, at which instruction, where in the file, how to fix it.
Error program_fault_error(const ProgramFault& fault);

/// What to tell of a slot that no program could run on.
Error slot_fault_error(wire::FaultCode code, std::uint32_t detail);

/// What to tell of a chunk that has cost one worker after another.
Error given_up_error(const ingest::SlotChunk& chunk);
/// What ends the stream of a program whose windows a lost worker may have changed.
Error lost_state_error(const ingest::SlotChunk& chunk);

/// What to tell of a chunk that was at the workers for longer than `deadline`.
Error overdue_error(const ingest::SlotChunk& chunk, std::chrono::nanoseconds deadline);

}  // namespace vyre::runtime
