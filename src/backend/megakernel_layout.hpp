#pragma once

#include <vector>

#include "backend/carver.hpp"
#include "backend/megakernel.hpp"
#include "kernel/context.hpp"

// Where everything of a megakernel lies: each function is run twice, to measure and to lay out.
namespace vyre::backend {

/// What host and workers share.
struct SharedLayout {
  wire::ControlBlock* control;
  kernel::WorkersState* workers;
  kernel::WakeWord* wakes;
  IoQueue::Shared io;
  std::vector<wire::QueueHeader*> headers;
  /// Of each queue, all bands' one after the other.
  std::vector<wire::WorkSlot*> slots;
};
SharedLayout lay_out_shared(Carver& carver, const MegakernelOptions& options);

/// The workers' own memory, as an image; but for what begins as zeros, which is elsewhere.
struct WorkersLayout {
  wire::ControlBlock* control;
  /// By queue and band.
  kernel::QueueView* views;
  kernel::ProgramEntry* programs;
  u32* debug_cursor;
  /// Of kernel::ClaimLedger, one behind the other: turns, expected charges, the clock.
  u32* turns;
  kernel::IoState* io;
};
WorkersLayout lay_out_workers(Carver& carver, const MegakernelOptions& options,
                              const SharedLayout& shared);

/// What begins as zeros.
struct ZeroLayout {
  u32* windows;
  wire::DebugRecord* debug_records;
};
ZeroLayout lay_out_zeros(Carver& carver, const MegakernelOptions& options);

/// Who claims by what, where `workers` was laid out by `carver`.
kernel::ClaimLedger ledger_of(const Carver& carver, const WorkersLayout& workers);

}  // namespace vyre::backend
