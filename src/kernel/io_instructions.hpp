#pragma once

#include "kernel/load_instructions.hpp"
#include "kernel/output_instructions.hpp"

namespace vyre::kernel {

/// Leaves all of a tile's run that outlives an io.load in the park; the run is over for this
/// worker.
template <class Run>
VYRE_HOST_DEVICE void park_tile(Run& run) {
  run.group.sync();
  if (!run.group.leader()) return;
  Park& park = *run.inbox->park;
  park.instruction = run.at;
  park.loop_depth = run.loops.depth;
  park.fuel = run.fuel;
  park.records = run.records.count;
  park.records_before = run.records_before;
  park.output = run.output.count;
  park.output_before = run.output_before;
  for (u32 i = 0; i < vir0::kScalarRegisters; ++i) park.scalars[i] = run.scalars[i];
  for (u32 i = 0; i < run.loops.depth; ++i) park.loops[i] = run.loops.frames[i];
}

/// Takes it up again, with what the request has brought; false where the tile begins.
template <class Run>
VYRE_HOST_DEVICE bool resume_tile(Run& run) {
  InboxRun& inbox = *run.inbox;
  const bool resumes = inbox.resuming != 0;
  run.group.sync();
  inbox.resuming = 0;
  inbox.length = 0;
  if (!resumes) {
    run.group.sync();
    return false;
  }
  const Park& park = *inbox.park;
  run.at = park.instruction;
  run.loops.depth = park.loop_depth;
  run.fuel = park.fuel;
  if (run.group.leader()) run.records.count = park.records;
  run.records_before = park.records_before;
  run.output.count = park.output;
  run.output_before = park.output_before;
  for (u32 i = 0; i < vir0::kScalarRegisters; ++i) run.scalars[i] = park.scalars[i];
  for (u32 i = 0; i < park.loop_depth; ++i) run.loops.frames[i] = park.loops[i];
  run.scalars[park.target] = park.status;
  if (park.status == static_cast<u32>(wire::IoStatus::kOk)) inbox.length = park.request.bytes;
  run.group.sync();
  return true;
}

/// What can be said of a request without asking the host.
VYRE_HOST_DEVICE inline wire::IoStatus look_at_request(u64 resource, u64 bytes, u32 most) {
  if (bytes > most) return wire::IoStatus::kTooLong;
  if (resource >= wire::kMaxResourcesPerTenant) return wire::IoStatus::kUnknownResource;
  return wire::IoStatus::kOk;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_io(Run& run, vir0::Instruction i) {
  static_assert(kOp == vir0::Op::kIoLoad);
  const u64 resource = run.scalars[i.a];
  const u64 offset = run.scalars[i.b];
  const u64 bytes = run.scalars[i.immediate];
  const wire::IoStatus status = look_at_request(resource, bytes, run.program.io_bytes);
  run.group.sync();
  if (status != wire::IoStatus::kOk) {
    run.inbox->length = 0;
    run.scalars[i.dst] = static_cast<u64>(status);
    run.group.sync();
    return kGoOn;
  }
  if (run.group.leader()) {
    Park& park = *run.inbox->park;
    park.target = i.dst;
    park.request = {wire::io_source(run.inbox->tenant, static_cast<u32>(resource)),
                    static_cast<u32>(bytes), offset};
  }
  return kParked;
}

template <class Word, class Run>
VYRE_HOST_DEVICE u32 load_inbox_scalar(Run& run, vir0::Instruction i) {
  const u64 offset = run.scalars[i.a];
  const u32 length = run.inbox->length;
  if (length < sizeof(Word) || offset > length - sizeof(Word)) {
    return fault_of(wire::FaultCode::kInboxOutOfRange);
  }
  run.scalars[i.dst] = load_unaligned<Word>(run.inbox->bytes + offset);
  return kGoOn;
}

template <class Word, class Run>
VYRE_HOST_DEVICE u32 load_inbox(Run& run, vir0::Instruction i) {
  u32* target = run.registers.vectors[i.dst];
  const u32* offsets = run.registers.vectors[i.a];
  const u32* mask = run.registers.masks[i.b];
  const u32 places = word_places<Word>(run.inbox->length);
  if (any_beyond(run.group, mask, offsets, 0, places)) {
    return fault_of(wire::FaultCode::kInboxOutOfRange);
  }
  if (places == 0) {
    each_lane(run.group, [=](u32 lane) { target[lane] = 0; });
    return kGoOn;
  }
  gather<Word>(run.group, run.inbox->bytes, 1, target,
               [=](u32 lane) { return offsets[lane] & mask[lane]; });
  each_lane(run.group, [=](u32 lane) { target[lane] &= mask[lane]; });
  return kGoOn;
}

template <class Run>
VYRE_HOST_DEVICE u32 copy_inbox(Run& run, vir0::Instruction i) {
  const u64 first = run.scalars[i.a];
  const u64 count = run.scalars[i.b];
  const u32 length = run.inbox->length;
  if (count == 0) return kGoOn;
  if (first > length || count > length - first) {
    return fault_of(wire::FaultCode::kInboxOutOfRange);
  }
  if (run.output.count - run.output_before + count > vir0::kMaxTileOutput) {
    return fault_of(wire::FaultCode::kOutputOutOfRange);
  }
  append_output(run, run.inbox->bytes + first, count);
  return kGoOn;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_inbox(Run& run, vir0::Instruction i) {
  using vir0::Op;
  if constexpr (kOp == Op::kInboxScalarU8) return load_inbox_scalar<u8>(run, i);
  if constexpr (kOp == Op::kInboxScalarU16) return load_inbox_scalar<u16>(run, i);
  if constexpr (kOp == Op::kInboxScalarU32) return load_inbox_scalar<u32>(run, i);
  if constexpr (kOp == Op::kInboxScalarU64) return load_inbox_scalar<u64>(run, i);
  if constexpr (kOp == Op::kInboxU8) return load_inbox<u8>(run, i);
  if constexpr (kOp == Op::kInboxU16) return load_inbox<u16>(run, i);
  if constexpr (kOp == Op::kInboxU32) return load_inbox<u32>(run, i);
  if constexpr (kOp == Op::kCopyInbox) return copy_inbox(run, i);
}

}  // namespace vyre::kernel
