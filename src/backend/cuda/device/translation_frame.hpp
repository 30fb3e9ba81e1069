#pragma once

#include "vir0/isa.hpp"

// What a worker and a program that was translated to machine code have in common: the arguments of
// its function, and which instructions it leaves to the interpreter's handlers.
namespace vyre::backend::device {

/// Each thread's own, with equal values in all of a worker.
struct TranslationFrame {
  /// The tile's Run, for the worker's functions that translations call.
  void* run;
  /// The first byte that can be read, a global address.
  const u8* readable;
  u64 file_begin;
  /// The run's scalars, a generic address.
  u64* scalars;
  /// The program's tables (kernel::TableView), a global address.
  const void* tables;
  /// kernel::Registers, an address in shared memory.
  u32 registers;
  /// Of the tile; see kernel::TileView.
  u32 before;
  u32 length;
  u32 after;
  u32 offset;
  /// Out: what the tile used, which the verifier has bounded by vir0::kMaxFuelPerTile.
  u32 fuel;
};

/// True for instructions that translations do not execute by themselves: they put the operands
/// where the interpreter has its registers, and call its handler.
VYRE_HOST_DEVICE constexpr bool is_delegated(vir0::Op op) {
  using vir0::Op;
  if (op >= Op::kWindowLoad && op <= Op::kWindowOr) return true;
  if (op >= Op::kAutomaton && op <= Op::kXxh64) return op != Op::kClassBitmap;
  return op == Op::kCopy;
}

}  // namespace vyre::backend::device
