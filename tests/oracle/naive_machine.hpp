#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/naive_run.hpp"
#include "tests/oracle/naive_tile.hpp"

namespace vyre::oracle {

/// Ends a run: thrown by a NaiveMachine, caught by run_naive.
struct Faulted {
  wire::FaultCode code;
};
struct BrokenPromise {
  std::string what;
};

/// Everything that a program can see and change while it runs over one file.
class NaiveMachine {
 public:
  NaiveMachine(const Program& program, std::string_view file, std::vector<u32> window,
               NaiveObserver observer, const std::vector<std::string>& resources);

  /// Throws Faulted (at instruction()) and BrokenPromise.
  void run_tile(u64 number);
  [[nodiscard]] u32 instruction() const { return at_; }
  [[nodiscard]] u64 tiles() const;
  /// The run's parts, once its tiles have run.
  NaiveRun finish(std::optional<NaiveFault> fault, std::optional<std::string> broken_promise);

 private:
  struct Loop {
    u32 begin;
    u32 end;
    u64 runs_left;
  };

  // Each family executes the instruction if it is one of its own; false where it is not.
  bool run_control(vir0::Instruction i);
  bool run_scalar(vir0::Instruction i);
  bool run_vector(vir0::Instruction i);
  bool run_across_lanes(vir0::Instruction i);
  bool run_mask(vir0::Instruction i);
  bool run_ballot(vir0::Instruction i);
  bool run_tile_load(vir0::Instruction i);
  bool run_table_load(vir0::Instruction i);
  bool run_window(vir0::Instruction i);
  bool run_carry(vir0::Instruction i);
  bool run_output(vir0::Instruction i);
  bool run_io(vir0::Instruction i);
  bool run_macro(vir0::Instruction i);

  void step();
  [[nodiscard]] u32 end_of_loop(u32 begin) const;
  void begin_loop(u64 runs);

  Lanes load_offsets(const Lanes& offsets, const Mask& mask, u32 width) const;
  [[nodiscard]] Lanes load_block(i64 first, u32 width) const;
  [[nodiscard]] Lanes load_table(const std::vector<std::byte>& table, const Lanes& elements,
                                 const Mask& mask, u32 width) const;
  void emit(i64 offset, u32 value);
  void emit_lanes(const Lanes& offsets, const Lanes& values, const Mask& mask);
  void copy(i64 first, u64 bytes);
  void combine(u32 word, u64 value);
  [[nodiscard]] Combine combine_of(u32 word) const;

  /// The status of a load, whose bytes are then in the inbox.
  u64 load_resource(u64 resource, u64 offset, u64 bytes);
  [[nodiscard]] u64 inbox_bytes(u64 offset, u32 width) const;
  void copy_inbox(u64 first, u64 bytes);

  void run_automaton(const std::vector<std::byte>& table);
  [[nodiscard]] Lanes class_bitmap(u64 first, const std::vector<std::byte>& set) const;
  [[nodiscard]] std::vector<i64> find(const std::vector<std::byte>& literal) const;
  u32 crc_part();
  u64 advance_xxh64(u32 first_carry);

  // Reading a register that nothing has set is a broken promise.
  [[nodiscard]] u64 scalar(u32 index) const;
  [[nodiscard]] const Lanes& vector(u32 index) const;
  [[nodiscard]] const Mask& mask(u32 index) const;
  [[nodiscard]] const std::vector<std::byte>& table(u32 index) const;
  u64& carry_word(u32 index);

  const Program& program_;
  std::string_view file_;
  NaiveObserver observer_;
  const std::vector<std::string>& resources_;
  /// What the tile's last load has brought.
  std::string inbox_;
  NaiveTile tile_;
  u32 at_ = 0;
  bool halted_ = false;
  std::vector<Loop> loops_;
  NaiveRegisters registers_;
  /// Kept for the tile: it is slow, and a program may ask many times.
  std::optional<u32> crc_part_;
  u64 fuel_ = 0;
  u64 tile_records_ = 0;
  u64 tile_output_ = 0;
  std::vector<u64> carry_;
  std::vector<u64> results_;
  std::vector<u32> window_;
  std::vector<NaiveRecord> records_;
  std::string output_;
  Consumption used_;
};

}  // namespace vyre::oracle
