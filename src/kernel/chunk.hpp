#pragma once

#include "kernel/claim.hpp"
#include "kernel/interpreter.hpp"
#include "kernel/records.hpp"
#include "wire/atomics.hpp"

namespace vyre::kernel {

/// How a slot ended; code 0 is DONE.
struct SlotResult {
  u32 fault_code;
  u32 fault_detail;
};

VYRE_HOST_DEVICE constexpr SlotResult slot_fault(wire::FaultCode code, u32 detail) {
  return {static_cast<u32>(code), detail};
}

/// One tenant's state window.
struct Window {
  u32* words;
  u32 size;
  VYRE_HOST_DEVICE bool has(u64 index) const { return index < size; }
};

VYRE_HOST_DEVICE inline Window tenant_window(const Context& context, u32 tenant) {
  return {context.windows + static_cast<u64>(tenant) * context.window_words, context.window_words};
}

/// A claimed chunk: its memory and its outcome, bounds proven: own_begin <= own_end <= length. A
/// chunk of length 0 is an empty file. For programs that ask about more than bytes (see
/// docs/VIR0.md), file_offset + own_begin is a multiple of kTileBytes, and the chunk has kHaloBytes
/// of its file on both sides of its own part, or as many as there are.
struct Chunk {
  const u8* bytes;
  u32 length;
  u32 own_begin;
  u32 own_end;
  /// Of the chunk's first byte, in its file.
  u64 file_offset;
  /// Holds the carry-in; its results and carry-out are written.
  wire::OutcomeHeader* outcome;
  wire::Record* records;
  u32 record_capacity;
  /// Where `copy` appends; may be null where the capacity is 0.
  u8* output;
  u64 output_capacity;
  /// The tenant's state window; may be null where it has 0 words.
  u32* window;
  u32 window_words;
  /// For programs that load: the outcome's, and the bytes that are asked for; and whose.
  Park* park = nullptr;
  u8* inbox = nullptr;
  u32 tenant = 0;
  /// 1 where the run goes on from what is in the park.
  u32 resumes = 0;
  /// SlotTurn::cancelled of the chunk's slot; null where nobody can cancel it.
  const u32* cancelled = nullptr;
};

/// The FaultCode with which the host wants the chunk to end; 0 while it does not. Nothing but the
/// word itself is read for it, so it needs no order.
VYRE_HOST_DEVICE inline u32 cancellation(const Chunk& chunk) {
  return chunk.cancelled == nullptr ? 0 : wire::relaxed_load(chunk.cancelled);
}

VYRE_HOST_DEVICE constexpr u64 join_words(u32 low, u32 high) {
  return static_cast<u64>(high) << 32 | low;
}

/// Reads the chunk arguments of a slot against its region; a fault where they do not fit. `window`
/// is the tenant's.
VYRE_HOST_DEVICE inline SlotResult open_chunk(const RegionEntry& region, const u32* arguments,
                                              Window window, Chunk& chunk) {
  namespace argument = wire::chunk_argument;
  const u64 offset =
      join_words(arguments[argument::kDataOffsetLow], arguments[argument::kDataOffsetHigh]);
  const u32 length = arguments[argument::kLength];
  if (offset > region.data_bytes || length > region.data_bytes - offset) {
    return slot_fault(wire::FaultCode::kChunkOutOfRange, length);
  }
  const u32 own_begin = arguments[argument::kOwnBegin];
  const u32 own_end = arguments[argument::kOwnEnd];
  if (own_begin > own_end || own_end > length) {
    return slot_fault(wire::FaultCode::kChunkOutOfRange, own_end);
  }
  const u32 index = arguments[argument::kOutcome];
  if (index >= region.outcome_count) {
    return slot_fault(wire::FaultCode::kOutcomeOutOfRange, index);
  }
  u8* outcome = region.outcomes + index * region.outcome_stride;
  u8* records = outcome + sizeof(wire::OutcomeHeader);
  chunk = {region.data + offset,
           length,
           own_begin,
           own_end,
           join_words(arguments[argument::kFileOffsetLow], arguments[argument::kFileOffsetHigh]),
           reinterpret_cast<wire::OutcomeHeader*>(outcome),
           reinterpret_cast<wire::Record*>(records),
           region.record_capacity,
           records + region.record_capacity * sizeof(wire::Record),
           region.output_capacity,
           window.words,
           window.size};
  return {0, 0};
}

/// Adds what a slot that loads needs of the region; a fault where the region has not got it.
VYRE_HOST_DEVICE inline SlotResult open_inbox(const RegionEntry& region, u32 outcome, u32 bytes,
                                              u32 tenant, Chunk& chunk) {
  if (region.inbox_bytes < bytes) {
    return slot_fault(wire::FaultCode::kInboxTooSmall, region.inbox_bytes);
  }
  chunk.park = region.parks + outcome;
  chunk.inbox = region.inboxes + outcome * region.inbox_stride;
  chunk.tenant = tenant;
  return {0, 0};
}

/// Takes what the chunk starts from into the registers, or what it has come to where it resumes;
/// the whole group. `sink.total` stays what the sink's owner made it.
template <class Group>
VYRE_HOST_DEVICE void start_chunk(Group group, const ProgramView& program, const Chunk& chunk,
                                  Registers& registers, RecordSink& sink) {
  if (group.leader()) {
    sink.records = chunk.records;
    sink.capacity = chunk.record_capacity;
    sink.count = 0;
  }
  for (u32 i = group.thread(); i < program.result_count; i += Group::kThreads) {
    registers.results[i] = chunk.resumes != 0 ? chunk.outcome->results[i]
                                              : wire::combine_identity(program.combines[i]);
  }
  for (u32 i = group.thread(); i < program.carry_words; i += Group::kThreads) {
    registers.carry[i] = chunk.outcome->carry[i];
  }
  group.sync();
}

/// The whole group, between two syncs.
template <class Run>
VYRE_HOST_DEVICE void store_words(Run& run, wire::OutcomeHeader& outcome) {
  const ProgramView& program = run.program;
  for (u32 i = run.group.thread(); i < program.result_count; i += Run::Group::kThreads) {
    outcome.results[i] = run.registers.results[i];
  }
  for (u32 i = run.group.thread(); i < program.carry_words; i += Run::Group::kThreads) {
    outcome.carry[i] = run.registers.carry[i];
  }
}

/// Writes the outcome; the whole group.
template <class Run>
VYRE_HOST_DEVICE void finish_chunk(Run& run, const Chunk& chunk, ProgramFault fault, u32 tiles) {
  run.group.sync();
  wire::OutcomeHeader& outcome = *chunk.outcome;
  const ProgramView& program = run.program;
  store_words(run, outcome);
  const RecordSink& sink = run.records;
  if (!sink.overflowed()) {
    run.platform.sort(run.group, sink.records, static_cast<u32>(sink.count), run.registers.scratch);
  }
  if (run.group.leader()) {
    outcome.fault_code = fault.code;
    outcome.fault_instruction = fault.instruction;
    outcome.fault_tile = fault.code != 0 ? tiles - 1 : 0;
    outcome.record_count = fault.code != 0 ? 0 : outcome_count(sink.count);
    outcome.tiles = tiles;
    outcome.result_count = program.result_count;
    outcome.fuel = run.fuel;
    outcome.output_bytes = run.output.count;
  }
  run.group.sync();
}

/// Leaves a run whose tile waits: what is not in the park already. The whole group.
template <class Run>
VYRE_HOST_DEVICE void park_chunk(Run& run, const Chunk& chunk, u32 tiles) {
  store_words(run, *chunk.outcome);
  if (run.group.leader()) chunk.park->tiles = tiles;
  run.group.sync();
}

/// Runs one tile, or ends the chunk in its place where the host wants that. Every thread of the
/// group: the leader looks, so that all go one way.
template <class Run>
VYRE_HOST_DEVICE ProgramFault run_or_cancel(Run& run, const Chunk& chunk) {
  u32& shared = run.registers.scratch[0];
  if (run.group.leader()) shared = cancellation(chunk);
  run.group.sync();
  const u32 code = shared;
  run.group.sync();
  if (code != 0) return {code, 0};
  run.platform.begin_tile(run.tile);
  return run_tile(run);
}

/// Runs the program over every tile of the chunk's own part, in order, then writes the outcome. An
/// empty file is one tile of length 0; a part without bytes of a longer chunk is none. Every thread
/// of the group calls it; the group shares `registers` and `sink`. The code kParked where a tile
/// waits: when its request is over, a run that resumes goes on.
template <class Group, class Platform>
VYRE_HOST_DEVICE SlotResult run_chunk(Group group, Platform& platform, const ProgramView& program,
                                      const Chunk& chunk, Registers& registers, RecordSink& sink) {
  start_chunk(group, program, chunk, registers, sink);
  InboxRun inbox{chunk.park, chunk.inbox, 0, chunk.tenant, chunk.resumes};
  TileView tile{};
  TileRun<Group, Platform> run{group,
                               platform,
                               program,
                               tile,
                               registers,
                               sink,
                               {chunk.output, chunk.output_capacity, 0},
                               chunk.window,
                               {},
                               {},
                               0,
                               0,
                               0,
                               0,
                               program.io_bytes != 0 ? &inbox : nullptr};
  ProgramFault fault{0, 0};
  u32 tiles = chunk.resumes != 0 ? chunk.park->tiles : 0;
  const u64 end = chunk.length == 0 ? 1 : chunk.own_end;
  const u64 begin = chunk.own_begin + static_cast<u64>(tiles) * kTileBytes;
  for (u64 at = begin; at < end && fault.code == 0; at += kTileBytes) {
    tile = make_tile(chunk.bytes, chunk.length, chunk.file_offset, static_cast<u32>(at),
                     chunk.own_end);
    fault = run_or_cancel(run, chunk);
    if (fault.code == kParked) {
      park_chunk(run, chunk, tiles);
      return {kParked, 0};
    }
    ++tiles;
    group.sync();
  }
  finish_chunk(run, chunk, fault, tiles);
  return {fault.code, fault.instruction};
}

/// The program that a user opcode names; null where the tenant has loaded none there.
VYRE_HOST_DEVICE inline const ProgramView* find_program(const Context& context, u32 tenant,
                                                        u32 opcode) {
  const u32 index = opcode - wire::kUserOpcodeBase - tenant * wire::kUserOpcodeWindow;
  if (opcode < wire::kUserOpcodeBase || index >= kMaxProgramsPerTenant) return nullptr;
  const ProgramEntry& entry = context.programs[tenant * kMaxProgramsPerTenant + index];
  return wire::load_acquire(&entry.ready) != 0 ? &entry.view : nullptr;
}

/// Enters a region, so that it is not removed meanwhile; false where it is not active. The remover
/// stores `active` = 0, then reads `users` by a read-modify-write: of that one and ours, the later
/// in `users`' order sees what came before the earlier. So either we see it inactive, or the
/// remover sees us and waits. A device's remover can only copy the word, hence the fence there.
VYRE_HOST_DEVICE inline bool enter_region(RegionEntry& region) {
  wire::fetch_add(&region.users, 1);
  wire::device_fence();
  if (wire::load_acquire(&region.active) != 0) return true;
  wire::fetch_add(&region.users, 0u - 1);
  return false;
}

VYRE_HOST_DEVICE inline void leave_region(RegionEntry& region) {
  wire::fetch_add(&region.users, 0u - 1);
}

}  // namespace vyre::kernel
