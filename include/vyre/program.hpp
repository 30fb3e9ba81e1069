#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "vyre/error.hpp"

namespace vyre {

/// How the parts of a result, one per `result` instruction that runs, become one word per file.
/// All of them commute, so the order of tiles and chunks does not matter.
enum class Combine : std::uint8_t {
  kSum = 0,     ///< Modulo 2^64; 0 where nothing was added.
  kMin = 1,     ///< Unsigned; 2^64 - 1 where nothing was added.
  kMax = 2,     ///< Unsigned; 0 where nothing was added.
  kOr = 3,      ///< 0 where nothing was added.
  kXor = 4,     ///< 0 where nothing was added.
  kCrc32c = 5,  ///< Parts as the instruction `crc32c` gives them; the file's CRC-32C at its end.
};

/// `count` result words, combined alike. A program's words are numbered through, in the order of
/// its declarations.
struct ResultDeclaration {
  std::string name;
  Combine combine = Combine::kSum;
  std::uint32_t count = 1;
  friend bool operator==(const ResultDeclaration&, const ResultDeclaration&) = default;
};

/// What a program may do with a range of its tenant's state window. Each but kState gives results
/// that do not depend on the order in which tiles run.
enum class WindowAccess : std::uint8_t {
  kRead = 0,  ///< `w.load`; the host sets the words before a run.
  kAdd = 1,   ///< `w.add`
  kMin = 2,   ///< `w.min`
  kMax = 3,   ///< `w.max`
  kOr = 4,    ///< `w.or`
  kState =
      5,  ///< All of them, and `w.store`; the program's tiles then run one at a time, in order.
};

/// Words [first, first + count) of the tenant's state window, under one access.
struct WindowDeclaration {
  std::string name;
  WindowAccess access = WindowAccess::kRead;
  std::uint32_t first = 0;
  std::uint32_t count = 1;
  friend bool operator==(const WindowDeclaration&, const WindowDeclaration&) = default;
};

/// A name for an instruction (a branch's target) or a table; execution ignores it.
struct Symbol {
  enum class Kind : std::uint8_t { kLabel = 0, kTable = 1 };
  Kind kind = Kind::kLabel;
  std::uint32_t index = 0;
  std::string name;
  friend bool operator==(const Symbol&, const Symbol&) = default;
};

/// A section that this version does not know, carried along unread. Bit 31 of its kind is set: such
/// sections may be ignored by who does not know them; others are refused.
struct UnknownSection {
  std::uint32_t kind = 0;
  std::vector<std::byte> bytes;
  friend bool operator==(const UnknownSection&, const UnknownSection&) = default;
};

/// A VIR0 program as decoded or built: not yet trusted, cannot be loaded.
struct Program {
  /// Instructions of 64 bits: opcode in bits 0..7, operands dst, a, b in the next three bytes, the
  /// immediate in bits 32..63.
  std::vector<std::uint64_t> code;
  /// Constant tables, by index.
  std::vector<std::vector<std::byte>> tables;
  std::vector<ResultDeclaration> results;
  std::vector<WindowDeclaration> windows;
  /// u64 words that pass from a file's tile to its next, in order; 0..16.
  std::uint32_t carry_words = 0;
  /// Records that one tile may emit; none: as many as the verifier's bound.
  std::optional<std::uint32_t> emit_budget;
  /// Bytes that one `io.load` may ask for, 1..65536; 0: the program has none.
  std::uint32_t io_bytes = 0;
  /// Names of the resources that it asks, by handle: 0, 1, ... Whoever runs it registers them in
  /// this order.
  std::vector<std::string> resources;
  std::vector<Symbol> symbols;
  /// Free text about the program (name, origin), carried along; execution ignores it.
  std::string metadata;
  std::vector<UnknownSection> unknown_sections;

  friend bool operator==(const Program&, const Program&) = default;
};

/// Deterministic wire form, little-endian; docs/VIR0.md describes it. The kinds of the unknown
/// sections must have bit 31 set, and lists and names fewer than 2^32 items.
std::vector<std::byte> encode(const Program& program);

/// The inverse of encode. Errors: InvalidArgument for anything that encode would not have written;
/// any single flipped bit and any truncation is always among it. Does not verify.
Result<Program> decode(std::span<const std::byte> bytes);

/// 128 bits that name a program's content: equal programs have equal hashes on every machine. No
/// defence against one who searches for two programs of one hash.
using ContentHash = std::array<std::byte, 16>;
ContentHash content_hash(const Program& program);

/// What the tiles of one program need of each other.
enum class TileOrder : std::uint8_t {
  kAny = 0,      ///< Nothing: they may run in any order, many at a time.
  kPerFile = 1,  ///< Carry: those of one file run in order; files run beside each other.
  kSerial = 2,   ///< A window of access kState: one at a time, files in the order of the feed.
};

/// What verify() has found out about a program; all of it holds for every tile.
struct ProgramBounds {
  /// Worst-case cost of one tile, in fuel (one operation on 128 lanes).
  std::uint64_t fuel_per_tile = 0;
  /// Records that a tile can emit at most, its budget considered.
  std::uint64_t records_per_tile = 0;
  /// Bytes that a tile can copy to its output at most.
  std::uint32_t output_per_tile = 0;
  /// Registers that occur, as highest index + 1.
  std::uint32_t scalar_registers = 0;
  std::uint32_t vector_registers = 0;
  std::uint32_t mask_registers = 0;
  std::uint32_t loop_depth = 0;
  /// Words of all results together; window words needed (end of the last range).
  std::uint32_t result_words = 0;
  std::uint32_t window_words = 0;
  /// Bytes of the inbox that a run needs.
  std::uint32_t io_bytes = 0;
  /// Accesses proven to stay in bounds, and those that are checked when they run.
  std::uint32_t proven_accesses = 0;
  std::uint32_t checked_accesses = 0;
  TileOrder order = TileOrder::kAny;
};

/// A program that the verifier accepted; only verify() makes one, only these can be loaded.
class VerifiedProgram {
 public:
  [[nodiscard]] const Program& program() const noexcept { return program_; }
  [[nodiscard]] const ProgramBounds& bounds() const noexcept { return bounds_; }
  [[nodiscard]] std::uint64_t fuel_per_tile() const noexcept { return bounds_.fuel_per_tile; }
  /// By instruction: its access is proven to stay in bounds.
  [[nodiscard]] const std::vector<bool>& proven() const noexcept { return proven_; }

 private:
  friend Result<VerifiedProgram> verify(Program program);
  VerifiedProgram(Program program, const ProgramBounds& bounds, std::vector<bool> proven)
      : program_(std::move(program)), bounds_(bounds), proven_(std::move(proven)) {}
  Program program_;
  ProgramBounds bounds_;
  std::vector<bool> proven_;
};

/// Checks opcodes, operands, initialisation, jump structure, loop bounds, tables, windows, results,
/// carry, emit budget, resources and fuel. A rejection is InvalidProgram: it names the instruction
/// (also in `detail`), the reason, the fix.
Result<VerifiedProgram> verify(Program program);

}  // namespace vyre
