#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "runtime/replay/log_fields.hpp"
#include "vyre/program.hpp"
#include "wire/outcome.hpp"
#include "wire/work_slot.hpp"

// The records of a replay log; docs/REPLAY.md describes them. A log is a SessionRecord, then, as
// they happen: programs loaded, resources registered, window words written, and for each stream its
// begin, the slots, loads and outcomes of all rings mixed, its end; at last an EndRecord.
namespace vyre::runtime::replay {

enum class RecordKind : u32 {
  kSession = 1,
  kProgram = 2,
  kWindow = 3,
  kStream = 4,
  kSlot = 5,
  kOutcome = 6,
  kStreamEnd = 7,
  kEnd = 8,
  kResource = 9,
  kLoad = 10,
};

/// What the log was recorded on, and the geometry that outcomes depend on.
struct SessionRecord {
  static constexpr RecordKind kKind = RecordKind::kSession;
  u32 backend_kind = 0;
  std::string backend_name;
  std::string backend_uuid;
  u32 rings = 0;
  u32 slots_per_ring = 0;
  u32 slot_bytes = 0;
  u32 window_words = 0;
  u64 unix_seconds = 0;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.backend_kind, self.backend_name, self.backend_uuid, self.rings,
                   self.slots_per_ring, self.slot_bytes, self.window_words, self.unix_seconds);
  }
};

/// A program, once: before the first stream that runs it.
struct ProgramRecord {
  static constexpr RecordKind kKind = RecordKind::kProgram;
  u32 tenant = 0;
  u32 opcode = 0;
  ContentHash hash{};
  /// Its wire form, as encode() makes it.
  std::vector<std::byte> encoded;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.tenant, self.opcode, self.hash, self.encoded);
  }
};

/// Words that the host wrote into a tenant's window.
struct WindowRecord {
  static constexpr RecordKind kKind = RecordKind::kWindow;
  u32 tenant = 0;
  u32 first = 0;
  std::vector<u32> words;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.tenant, self.first, self.words);
  }
};

/// A stream begins; the slots up to its end run this program.
struct StreamRecord {
  static constexpr RecordKind kKind = RecordKind::kStream;
  u32 tenant = 0;
  ContentHash program{};
  /// Room of each outcome.
  u32 record_capacity = 0;
  u64 output_capacity = 0;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.tenant, self.program, self.record_capacity, self.output_capacity);
  }
};

/// A file or device whose bytes the log speaks of.
struct RecordedFile {
  /// Absolute.
  std::string path;
  /// As stat(2) told when this was recorded; all 0 where it could not.
  u64 device = 0;
  u64 inode = 0;
  u64 size = 0;
  u64 modified_nanoseconds = 0;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.path, self.device, self.inode, self.size, self.modified_nanoseconds);
  }
  bool fields(FieldWriter& archive) const { return fields_of(*this, archive); }
  bool fields(FieldReader& archive) { return fields_of(*this, archive); }
};

/// What the next handle of a tenant names: handles count a tenant's resources from 0.
struct ResourceRecord {
  static constexpr RecordKind kKind = RecordKind::kResource;
  u32 tenant = 0;
  u32 handle = 0;
  RecordedFile file;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.tenant, self.handle, self.file);
  }
};

/// Where bytes of a slot came from.
struct InputExtent {
  /// Bytes that one takes at least.
  static constexpr std::size_t kLeastBytes = 4 + 5 * 8 + 2 * 4;
  RecordedFile file;
  /// In the file or device, of the byte at `slot_offset`.
  u64 offset = 0;
  u32 slot_offset = 0;
  u32 length = 0;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.file, self.offset, self.slot_offset, self.length);
  }
  bool fields(FieldWriter& archive) const { return fields_of(*this, archive); }
  bool fields(FieldReader& archive) { return fields_of(*this, archive); }
};

/// A slot went to the workers.
struct SlotRecord {
  static constexpr RecordKind kKind = RecordKind::kSlot;
  /// Unique in the log; counts all rings' publications, from 0.
  u64 number = 0;
  u32 ring = 0;
  u32 opcode = 0;
  u32 tenant = 0;
  u32 priority = 0;
  /// Those of the published slot, but for its outcome: here the slot's index in its ring.
  std::array<u32, wire::kSlotArguments> arguments{};
  ContentHash program{};
  /// XXH3-128 of the slot's bytes, and those between packed files, which are zero.
  ContentHash input{};
  std::array<u64, wire::kOutcomeCarryWords> carry{};
  std::vector<InputExtent> extents;
  /// The slot's bytes, where the log was to stand alone; else empty. Of a record that was read, a
  /// view of the reader's memory.
  std::span<const std::byte> bytes;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.number, self.ring, self.opcode, self.tenant, self.priority, self.arguments,
                   self.program, self.input, self.carry, self.extents, self.bytes);
  }
};

/// The host answered a load of a slot's run. Those of one run are in the log in their order, before
/// its outcome; the first of them perhaps before the slot itself, which is told of when the workers
/// have it already. A run that begins once more, its worker lost, begins again with load 0, and
/// what was loaded before counts no more.
struct LoadRecord {
  static constexpr RecordKind kKind = RecordKind::kLoad;
  /// The slot's.
  u64 number = 0;
  /// Counts the run's loads, from 0.
  u64 load = 0;
  /// What the program asked for, of the slot's tenant.
  u32 handle = 0;
  u32 length = 0;
  u64 offset = 0;
  /// As io.load gave it.
  u32 status = 0;
  /// XXH3-128 of the bytes that came; of nothing where the status is not 0.
  ContentHash content{};
  /// These bytes, where the log was to stand alone; else empty. Of a record that was read, a view
  /// of the reader's memory.
  std::span<const std::byte> bytes;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.number, self.load, self.handle, self.length, self.offset, self.status,
                   self.content, self.bytes);
  }
};

/// Records of an outcome that the log holds themselves; of all there is a hash.
inline constexpr u32 kKeptRecords = 64;

/// What a slot's run left. A slot without one had not ended when its stream did.
struct OutcomeRecord {
  static constexpr RecordKind kKind = RecordKind::kOutcome;
  u64 number = 0;
  /// DONE or FAULT.
  u32 status = 0;
  /// The slot's fault words, and the tile; all else is 0 and empty of a fault but `tiles`.
  u32 fault_code = 0;
  u32 fault_detail = 0;
  u32 fault_tile = 0;
  u32 tiles = 0;
  u64 fuel = 0;
  u64 record_count = 0;
  /// XXH3-128 of the records as they lie in memory; of nothing where they overflowed.
  ContentHash records{};
  std::vector<wire::Record> first_records;
  std::vector<u64> results;
  /// As many words as the program has.
  std::vector<u64> carry;
  u64 output_bytes = 0;
  ContentHash output{};
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.number, self.status, self.fault_code, self.fault_detail, self.fault_tile,
                   self.tiles, self.fuel, self.record_count, self.records, self.first_records,
                   self.results, self.carry, self.output_bytes, self.output);
  }
};

struct StreamEndRecord {
  static constexpr RecordKind kKind = RecordKind::kStreamEnd;
  /// Empty where the stream ran to its end.
  std::string error;
  /// The tenant's window from word 0 on, as far as the program declares any; empty where it could
  /// not be read.
  std::vector<u32> window;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.error, self.window);
  }
};

/// The session ended, and all of it is in the log.
struct EndRecord {
  static constexpr RecordKind kKind = RecordKind::kEnd;
  u64 slots = 0;
  u64 outcomes = 0;
  u64 loads = 0;
  template <class Self, class Archive>
  static bool fields_of(Self& self, Archive& archive) {
    return archive(self.slots, self.outcomes, self.loads);
  }
};

}  // namespace vyre::runtime::replay
