#pragma once

#include <optional>
#include <span>

#include "vyre/chunk.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// How files share slots.
enum class Placement : u8 {
  kPacked,    ///< Small files several to a slot.
  kSeparate,  ///< One file a slot, in the order in which their reads begin.
  kInOrder,   ///< One file a slot, in the order of add(), changed sizes or not. Slower.
};

/// What a slot holds, for the program that runs over it: `length` bytes from the slot's start, of
/// which [own_begin, own_end) are its own.
struct SlotChunk {
  u32 length = 0;
  u32 own_begin = 0;
  u32 own_end = 0;
  /// Offset in the file of the slot's first byte; 0 for a slot packed with several files.
  u64 file_offset = 0;
  bool packed = false;
  /// For a chunk of a stream: which of the driver's streams (from 1), and which of its chunks (from
  /// 0), which lie in slots that follow each other. 0 and 0 for a slot that holds whole files.
  u64 stream = 0;
  u64 number = 0;
  /// There is something to run a program on: bytes, or, where files are separate, a whole file or
  /// part of one, be it empty.
  bool runs = false;
};

/// When a slot's reads got on: nanoseconds of the steady clock, 0 where the driver keeps no times.
struct ReadTimes {
  /// The slot was taken for reads.
  u64 taken = 0;
  /// All that was to be read into it was known, and handed to the kernel. Where a ring that is full
  /// holds reads of a device back, the first of them.
  u64 submitted = 0;
  /// The last of its reads was over.
  u64 filled = 0;
};

/// The part of a file that lies in a slot.
struct Extent {
  /// Valid until the slot is recycled.
  const StreamedFile* file = nullptr;
  /// In the file, of the byte at `slot_offset`.
  u64 file_offset = 0;
  u32 slot_offset = 0;
  /// Bytes, halo included; 0 for an empty file and for one that could not be read.
  u32 length = 0;
  /// The part of [0, length) that no other extent of the file owns.
  u32 own_begin = 0;
  u32 own_end = 0;
  bool first = false;
  /// Nothing more of this file follows: it was read whole, or `error` says why not.
  bool last = false;
  /// Where `last`: why the file is not whole, since reading stopped after these bytes or some
  /// blocks could not be read; null where it is. Does not repeat the path. Lives as `file` does.
  const Error* error = nullptr;
  /// Where `last`: further errors, of blocks that could not be read before `error`, each to be
  /// told.
  std::span<const Error> earlier_errors = {};
};

class IngestDriver;

// The hops of a slot, as types: only the driver makes the first, and each next one takes the one
// before. FilledSlot -> publish() -> PublishedSlot -> drain() -> DrainedSlot -> recycle() -> free.

/// One of these exists per slot in use. Move-only.
template <typename Hop>
class SlotTicket {
 public:
  SlotTicket(SlotTicket&& other) noexcept : index_(other.index_), valid_(other.valid_) {
    other.valid_ = false;
  }
  SlotTicket& operator=(SlotTicket&& other) noexcept {
    index_ = other.index_;
    valid_ = other.valid_;
    other.valid_ = other.valid_ && this == &other;
    return *this;
  }
  /// Index of the slot in the buffer: its bytes begin at index() * slot_bytes.
  [[nodiscard]] u32 index() const noexcept { return index_; }

 private:
  friend class IngestDriver;
  explicit SlotTicket(u32 index) noexcept : index_(index) {}
  u32 index_;
  bool valid_ = true;
};

/// Every read of the slot is complete: its bytes are final.
using FilledSlot = SlotTicket<struct FilledHop>;
/// The slot is the worker's until it says DONE.
using PublishedSlot = SlotTicket<struct PublishedHop>;
/// The worker is done with the slot, and so is every slot before it.
using DrainedSlot = SlotTicket<struct DrainedHop>;

}  // namespace vyre::ingest
