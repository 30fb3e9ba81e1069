#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vyre/program.hpp"
#include "vyre/program_operands.hpp"

namespace vyre {

/// Writes a Program instruction by instruction. Checks nothing but what the types say: verify()
/// does. A method writes one instruction unless it says otherwise; the meanings stand in
/// src/vir0/isa.def. The target register comes first, as in the text form.
class ProgramBuilder {
 public:
  // Declarations. Each returns the handle by which instructions name what it declared.

  void metadata(std::string text) { program_.metadata = std::move(text); }
  ResultWords result(std::string name, Combine combine, std::uint32_t count = 1);
  Window window(std::string name, WindowAccess access, std::uint32_t first,
                std::uint32_t count = 1);
  /// `count` more carry words.
  CarryWords carry(std::uint32_t count);
  /// Records that one tile may emit.
  void emit_budget(std::uint32_t records) { program_.emit_budget = records; }
  /// Bytes that one io_load may ask for.
  void io_bytes(std::uint32_t bytes) { program_.io_bytes = bytes; }
  Resource resource(std::string name);

  /// Constant tables. A name that is not empty becomes a symbol.
  Table table(std::vector<std::byte> bytes, std::string name = {});
  Table table(std::span<const std::uint8_t> elements, std::string name = {});
  TableU16 table(std::span<const std::uint16_t> elements, std::string name = {});
  TableU32 table(std::span<const std::uint32_t> elements, std::string name = {});
  /// The set of the bytes that occur in `members`.
  ByteSet byte_set(std::string_view members, std::string name = {});
  Literal literal(std::string_view text, std::string name = {});

  /// Names the next instruction.
  void label(std::string name);

  // Control flow. A branch whose target is not known yet returns its index, for `land`; it goes to
  // a later instruction of the same loop.

  void halt();
  [[nodiscard]] std::size_t jump();
  [[nodiscard]] std::size_t branch(ScalarRegister condition);
  [[nodiscard]] std::size_t branch_zero(ScalarRegister condition);
  /// Makes a branch go to the next instruction.
  void land(std::size_t branch);
  void repeat(std::uint32_t count);
  void repeat_scalar(ScalarRegister count, std::uint32_t limit);
  void break_if(ScalarRegister condition);
  void end();

  /// What `body` and `otherwise` write runs where the condition is not 0, or is; two or three
  /// instructions around it.
  template <class Body>
  void if_nonzero(ScalarRegister condition, Body&& body) {
    const std::size_t skip = branch_zero(condition);
    std::forward<Body>(body)();
    land(skip);
  }
  template <class Body>
  void if_zero(ScalarRegister condition, Body&& body) {
    const std::size_t skip = branch(condition);
    std::forward<Body>(body)();
    land(skip);
  }
  template <class Body, class Otherwise>
  void if_else(ScalarRegister condition, Body&& body, Otherwise&& otherwise) {
    const std::size_t to_otherwise = branch_zero(condition);
    std::forward<Body>(body)();
    const std::size_t to_end = jump();
    land(to_otherwise);
    std::forward<Otherwise>(otherwise)();
    land(to_end);
  }
  /// What `body` writes runs `count` times, or min(count, limit) times.
  template <class Body>
  void loop(std::uint32_t count, Body&& body) {
    repeat(count);
    std::forward<Body>(body)();
    end();
  }
  template <class Body>
  void loop(ScalarRegister count, std::uint32_t limit, Body&& body) {
    repeat_scalar(count, limit);
    std::forward<Body>(body)();
    end();
  }

  // Scalars.

  void constant(ScalarRegister target, std::uint32_t value);
  void constant_high(ScalarRegister target, std::uint32_t value);
  /// Two instructions where the value needs more than 32 bits.
  void constant_wide(ScalarRegister target, std::uint64_t value);
  void input(ScalarRegister target, TileInput input);
  void move(ScalarRegister target, ScalarRegister source);
  void scalar(ScalarOperation operation, ScalarRegister target, ScalarRegister a, ScalarRegister b);
  void scalar(ScalarUnaryOperation operation, ScalarRegister target, ScalarRegister a);
  void scalar(ScalarImmediateOperation operation, ScalarRegister target, ScalarRegister a,
              std::uint32_t value);
  /// a where the condition is not 0, else b.
  void select(ScalarRegister target, ScalarRegister condition, ScalarRegister a, ScalarRegister b);

  // Vectors.

  void lane(VectorRegister target);
  void splat(VectorRegister target, ScalarRegister source);
  void constant(VectorRegister target, std::uint32_t value);
  void move(VectorRegister target, VectorRegister source);
  void vector(VectorOperation operation, VectorRegister target, VectorRegister a, VectorRegister b);
  void vector(VectorUnaryOperation operation, VectorRegister target, VectorRegister a);
  void vector(VectorImmediateOperation operation, VectorRegister target, VectorRegister a,
              std::uint32_t value);
  /// a in the lanes of the mask, b in the others.
  void select(VectorRegister target, MaskRegister lanes, VectorRegister a, VectorRegister b);
  /// Lane `lane` of `source`, by lane.
  void shuffle(VectorRegister target, VectorRegister source, VectorRegister lane);
  void extract(ScalarRegister target, VectorRegister source, ScalarRegister lane);
  void reduce(Reduction reduction, ScalarRegister target, VectorRegister source);
  void sum(ScalarRegister target, VectorRegister source) {
    reduce(Reduction::kAdd, target, source);
  }

  // Masks.

  void constant(MaskRegister target, bool value);
  void compare(Comparison comparison, MaskRegister target, VectorRegister a, VectorRegister b);
  void compare(ImmediateComparison comparison, MaskRegister target, VectorRegister a,
               std::uint32_t value);
  void equal(MaskRegister target, VectorRegister a, VectorRegister b) {
    compare(Comparison::kEq, target, a, b);
  }
  void less(MaskRegister target, VectorRegister a, VectorRegister b) {
    compare(Comparison::kLt, target, a, b);
  }
  void mask(MaskOperation operation, MaskRegister target, MaskRegister a, MaskRegister b);
  void mask_and(MaskRegister target, MaskRegister a, MaskRegister b) {
    mask(MaskOperation::kAnd, target, a, b);
  }
  void mask_or(MaskRegister target, MaskRegister a, MaskRegister b) {
    mask(MaskOperation::kOr, target, a, b);
  }
  void mask_not(MaskRegister target, MaskRegister source);
  void mask_of_bits(MaskRegister target, ScalarRegister low, ScalarRegister high);
  void ballot(ScalarRegister target, MaskRegister source, LaneHalf half);
  void query(MaskQuery query, ScalarRegister target, MaskRegister source);
  void count(ScalarRegister target, MaskRegister source) {
    query(MaskQuery::kCount, target, source);
  }

  // Memory.

  /// The bytes of the tile at each lane's offset; signed 32 bits, from the tile's first byte.
  void load(LoadWidth width, VectorRegister target, VectorRegister tile_offset, MaskRegister lanes);
  void load_u8(VectorRegister target, VectorRegister tile_offset, MaskRegister lanes) {
    load(LoadWidth::kU8, target, tile_offset, lanes);
  }
  /// 128 neighbours from one offset on.
  void block(LoadWidth width, VectorRegister target, ScalarRegister tile_offset);
  /// Element `index` of the table.
  void lookup(VectorRegister target, Table table, VectorRegister index, MaskRegister lanes);
  void lookup(VectorRegister target, TableU16 table, VectorRegister index, MaskRegister lanes);
  void lookup(VectorRegister target, TableU32 table, VectorRegister index, MaskRegister lanes);
  void window_load(VectorRegister target, Window window, VectorRegister word, MaskRegister lanes);
  void window_store(Window window, VectorRegister word, VectorRegister value, MaskRegister lanes);
  void window_update(WindowOperation operation, Window window, VectorRegister word,
                     VectorRegister value, MaskRegister lanes);
  /// Word `at` of the handle's.
  void carry_load(ScalarRegister target, CarryWords words, std::uint32_t at = 0);
  void carry_store(CarryWords words, ScalarRegister source, std::uint32_t at = 0);

  /// Fills the inbox with bytes of the tenant's resource; afterwards vectors and masks are unset.
  /// Statuses: see the instruction table.
  void io_load(ScalarRegister status, ScalarRegister resource, ScalarRegister offset,
               ScalarRegister bytes);
  void inbox(InboxWidth width, ScalarRegister target, ScalarRegister inbox_offset);
  /// The bytes of the inbox at each lane's offset.
  void inbox(LoadWidth width, VectorRegister target, VectorRegister inbox_offset,
             MaskRegister lanes);

  // Output.

  /// Word `at` of the handle's, or a word by its number.
  void result(ResultWords words, ScalarRegister source, std::uint32_t at = 0);
  void result(std::uint32_t word, ScalarRegister source);
  void emit(VectorRegister tile_offset, VectorRegister value, MaskRegister lanes);
  void copy(ScalarRegister tile_offset, ScalarRegister bytes);
  void copy_inbox(ScalarRegister inbox_offset, ScalarRegister bytes);

  // Whole-tile macro-instructions.

  void automaton(Table table);
  void count_byte(ScalarRegister target, std::uint8_t byte);
  void class_bitmap(VectorRegister target, ScalarRegister tile_offset, ByteSet set);
  /// Into 256 words that combine by sum.
  void histogram(ResultWords words);
  void find_count(ScalarRegister target, Literal literal);
  void find_emit(ScalarRegister value, Literal literal);
  void crc32c(ScalarRegister target);
  /// With 4 carry words as accumulators.
  void xxh64(ScalarRegister target, CarryWords words);

  /// Index of the next instruction.
  [[nodiscard]] std::size_t size() const noexcept { return program_.code.size(); }
  /// Hands the program over; the builder is empty after it.
  [[nodiscard]] Program build();

 private:
  void append(std::uint64_t instruction) { program_.code.push_back(instruction); }
  std::size_t append_branch(std::uint64_t instruction);
  std::uint32_t add_table(std::vector<std::byte> bytes, std::string name);

  Program program_;
  std::uint32_t result_words_ = 0;
};

}  // namespace vyre
