#pragma once

#include "backend/cuda/device/device_state.hpp"

namespace vyre::backend::device {

/// What the threads of one worker share.
struct WorkerShared {
  kernel::Registers registers;
  kernel::RecordSink sink;
  kernel::InboxRun inbox;
  /// Of the leader, for all.
  u32 job;
  u32 tile;
  u32 last_part;
  /// The leader's own, here to leave registers to the interpreter. Counts for the journal.
  u32 beat;
  /// In the reserve; see take_seat().
  u32 seat;
};

}  // namespace vyre::backend::device
