#pragma once

#include <string>
#include <vector>

#include "backend/cuda/translation/ptx_code.hpp"
#include "vir0/isa.hpp"
#include "vir0/verifier_code.hpp"
#include "vyre/program.hpp"
#include "wire/fault.hpp"

namespace vyre::backend::translation {

/// Writes the PTX of one verified program. A scalar is a register of 64 bits that all threads
/// compute alike, a lane's element of a vector a register of its thread, a mask a predicate.
class Translator {
 public:
  explicit Translator(const VerifiedProgram& program);
  /// The function `name`; see translate().
  std::string write(const std::string& name);

 private:
  /// Where a halt or a fault leaves from; the code for it stands behind the program's.
  struct Exit {
    std::string place;
    /// What ended the tile: a number, or a register that holds it.
    std::string ended;
    u32 instruction;
    u64 fuel;
  };
  struct Loop {
    std::string body;
    u32 after;
    bool once;
  };

  /// What warps have told each other about an `emit`.
  struct Emission {
    /// Which lanes of the own warp emit, as bits; the same of each warp.
    std::string own;
    std::vector<std::string> warps;
    /// Scratch that is free until the next exchange but one, 8 bytes.
    std::string shared;
  };

  void find_targets();
  void write_instruction();
  void write_control(vir0::Instruction i);
  void write_scalar(vir0::Instruction i);
  void write_scalar_shift(vir0::Instruction i, bool left, const std::string& by);
  void write_vector(vir0::Instruction i);
  void write_mask(vir0::Instruction i);
  void write_ballot(vir0::Instruction i);
  void write_lanes(vir0::Instruction i);
  void write_scan(vir0::Instruction i);
  void write_reduce(vir0::Instruction i);
  void write_sum(vir0::Instruction i);
  void write_load(vir0::Instruction i, u32 bytes);
  void write_block(vir0::Instruction i, u32 bytes);
  void write_table(vir0::Instruction i, u32 bytes);
  void write_carry(vir0::Instruction i);
  void write_result(vir0::Instruction i);
  void write_emit(vir0::Instruction i);
  Emission exchange_emission(vir0::Instruction i);
  std::string reserve_records(const std::string& added, const std::string& shared);
  static void write_sink_begin(PtxCode& code);
  /// The count of records, which the program's own `emit` keeps in a register, goes to the worker's
  /// sink, and comes from there.
  void show_count();
  void take_count();
  void write_class_bitmap(vir0::Instruction i);
  void write_byte_bitmap(vir0::Instruction i, u32 byte);
  void write_delegated(vir0::Instruction i);
  void store_operands(vir0::Instruction i);
  void take_result(vir0::Instruction i);
  void write_exits();
  [[nodiscard]] std::string prologue() const;

  /// True where the verifier has proven that the instruction stays in bounds.
  [[nodiscard]] bool is_proven() const { return verified_.proven()[at_]; }
  /// Ends the tile where `truth` holds, in all threads or in none; `ended` as in Exit.
  void fault_if(const std::string& truth, std::string ended);
  void fault_if(const std::string& truth, wire::FaultCode code);
  /// A fault where a lane of the mask register `lanes` is not `inside`, unless that is proven.
  void fault_if_beyond(const std::string& inside, u32 lanes, wire::FaultCode code);
  /// Adds to the register what the instructions since the last call have used. Before each label
  /// and each jump.
  void settle_fuel();
  /// The loaded word of `bytes` bytes at `address` for threads where `truth` holds, else 0.
  std::string load_bytes(const std::string& address, const std::string& truth, u32 bytes);
  /// Scratch of the block that no thread reads any more, an address in shared memory: 512 bytes.
  std::string next_exchange();
  /// Each warp's first thread puts `value` there, and every thread gets all four.
  std::vector<std::string> exchange_words(const std::string& value);
  /// A register of 32 or 64 bits.
  struct Argument {
    std::string name;
    u32 bits;
  };
  /// A call of a worker's function with the run and `arguments`; gives the register of its word.
  std::string call(const std::string& function, const std::vector<Argument>& arguments);

  const VerifiedProgram& verified_;
  const vir0::Code program_;
  /// Of each result word.
  const std::vector<Combine> combines_;
  PtxCode code_;
  std::vector<bool> targets_;
  std::vector<Loop> loops_;
  std::vector<Exit> exits_;
  std::vector<bool> tables_used_;
  /// Whether the program has an `emit`.
  bool emits_ = false;
  u32 at_ = 0;
  u64 fuel_ = 0;
};

}  // namespace vyre::backend::translation
