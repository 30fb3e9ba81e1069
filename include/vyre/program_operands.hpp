#pragma once

#include <cstdint>

// What ProgramBuilder takes: registers, handles of what a program declares, and the operations that
// instructions of one shape choose among. The value of an operation is its opcode; the meanings of
// all instructions stand in src/vir0/isa.def.
namespace vyre {

/// Registers of a VIR0 program: 16 scalars (u64), 16 vectors (128 lanes of u32), 8 masks (a bit per
/// lane).
struct ScalarRegister {
  std::uint8_t index;
};
struct VectorRegister {
  std::uint8_t index;
};
struct MaskRegister {
  std::uint8_t index;
};

/// Constant tables, by what they hold: bytes (elements of 8 bits, or an automaton), elements of 16
/// or 32 bits, a set of bytes, a literal.
struct Table {
  std::uint32_t index;
};
struct TableU16 {
  std::uint32_t index;
};
struct TableU32 {
  std::uint32_t index;
};
struct ByteSet {
  std::uint32_t index;
};
struct Literal {
  std::uint32_t index;
};

/// Declared result words, counted through over all declarations.
struct ResultWords {
  std::uint32_t first;
  std::uint32_t count;
};
/// Declared carry words.
struct CarryWords {
  std::uint32_t first;
  std::uint32_t count;
};
/// A declared range of the tenant's state window.
struct Window {
  std::uint32_t index;
};

/// A resource that the program names; its handle at run time.
struct Resource {
  std::uint32_t handle;
};

/// What `s.input` can read: uniform facts about the tile that is being run, in bytes.
enum class TileInput : std::uint32_t {
  kTileOffset = 0,  ///< Of its first byte in the file; a multiple of 65536.
  kTileLength = 1,  ///< 65536, less for a file's last tile.
  kBefore = 2,      ///< Readable bytes before it: 4096, 0 in the first tile.
  kAfter = 3,       ///< Readable bytes behind it: at most 4096, 0 in the last tile alone.
};

/// dst = a OP b, on scalars.
enum class ScalarOperation : std::uint8_t {
  kAdd = 0x14,
  kSub = 0x15,
  kMul = 0x16,
  kDiv = 0x17,
  kRem = 0x18,
  kAnd = 0x19,
  kOr = 0x1A,
  kXor = 0x1B,
  kShl = 0x1C,
  kShr = 0x1D,
  kRotl = 0x1E,
  kMin = 0x1F,
  kMax = 0x20,
  kEq = 0x21,
  kNe = 0x22,
  kLt = 0x23,
  kLe = 0x24,
};
/// dst = OP a, on scalars.
enum class ScalarUnaryOperation : std::uint8_t { kPopcount = 0x25, kClz = 0x26, kCtz = 0x27 };
/// dst = a OP immediate, on scalars.
enum class ScalarImmediateOperation : std::uint8_t {
  kAdd = 0x29,  ///< The immediate sign-extended from 32 bits; in all others zero-extended.
  kMul = 0x2A,
  kAnd = 0x2B,
  kShl = 0x2C,
  kShr = 0x2D,
  kEq = 0x2E,
  kLt = 0x2F,
};

/// dst = a OP b, by lane.
enum class VectorOperation : std::uint8_t {
  kAdd = 0x34,
  kSub = 0x35,
  kMul = 0x36,
  kAnd = 0x37,
  kOr = 0x38,
  kXor = 0x39,
  kShl = 0x3A,
  kShr = 0x3B,
  kRotl = 0x3C,
  kMin = 0x3D,
  kMax = 0x3E,
};
/// dst = OP a, by lane; the scans take in the lanes before.
enum class VectorUnaryOperation : std::uint8_t {
  kPopcount = 0x3F,
  kClz = 0x40,
  kCtz = 0x41,
  kScanAdd = 0x51,
  kScanAddExclusive = 0x52,
  kScanMax = 0x53,
};
/// dst = a OP immediate, by lane.
enum class VectorImmediateOperation : std::uint8_t {
  kAdd = 0x43,
  kMul = 0x44,
  kAnd = 0x45,
  kXor = 0x46,
  kShl = 0x47,
  kShr = 0x48,
};
/// Scalar = all lanes of a vector together.
enum class Reduction : std::uint8_t { kAdd = 0x55, kMin = 0x56, kMax = 0x57, kOr = 0x58 };

/// Mask = a OP b, by lane, unsigned.
enum class Comparison : std::uint8_t { kEq = 0x61, kNe = 0x62, kLt = 0x63, kLe = 0x64 };
/// Mask = a OP immediate, by lane, unsigned.
enum class ImmediateComparison : std::uint8_t { kEq = 0x65, kNe = 0x66, kLt = 0x67, kGe = 0x68 };
/// Mask = a OP b.
enum class MaskOperation : std::uint8_t { kAnd = 0x69, kOr = 0x6A, kXor = 0x6B, kAndNot = 0x6C };
/// Scalar = a fact about a mask.
enum class MaskQuery : std::uint8_t { kCount = 0x70, kFirst = 0x71, kLast = 0x72 };
/// Lanes 0..63 or 64..127.
enum class LaneHalf : std::uint32_t { kLow = 0, kHigh = 1 };

/// How many bytes a lane reads of the tile.
enum class LoadWidth : std::uint8_t { kU8 = 0, kU16 = 1, kU32 = 2 };
/// How many bytes of the inbox a scalar takes.
enum class InboxWidth : std::uint8_t { kU8 = 0xB1, kU16 = 0xB2, kU32 = 0xB3, kU64 = 0xB4 };
/// Window word = window word OP value, atomically.
enum class WindowOperation : std::uint8_t { kAdd = 0x8A, kMin = 0x8B, kMax = 0x8C, kOr = 0x8D };

}  // namespace vyre
