#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "runtime/replay/log_records.hpp"

// How records lie in the file: a LogHeader, then for each record a FrameHeader and its fields.
namespace vyre::runtime::replay {

inline constexpr u32 kLogVersion = 2;
/// Slots of the largest size with their inputs, programs of the largest size.
inline constexpr u64 kMaxRecordBytes = u64{512} << 20;

struct LogHeader {
  std::array<char, 8> magic;
  u32 version;
  /// Zero.
  u32 reserved;
  /// XXH3-64 of what stands before it.
  u64 check;
};
static_assert(sizeof(LogHeader) == 24);

struct FrameHeader {
  u32 kind;
  u32 magic;
  u64 bytes;
  /// XXH3-64 of the record's fields.
  u64 content_check;
  /// XXH3-64 of what stands before it, so that the length is known before it is believed.
  u64 check;
};
static_assert(sizeof(FrameHeader) == 32);

LogHeader make_log_header() noexcept;
/// Whose log, whatever its version.
bool is_log(const LogHeader& header) noexcept;
/// Nothing of it has changed since it was written.
bool is_sound(const LogHeader& header) noexcept;
bool is_sound(const FrameHeader& header) noexcept;
bool matches(const FrameHeader& header, std::span<const std::byte> content) noexcept;

/// Fills the frame header that was left room for at `begin` of `bytes`, the record being what
/// follows it.
void close_frame(RecordKind kind, std::size_t begin, std::vector<std::byte>& bytes);

/// Appends the record, framed.
template <class Record>
void append_record(const Record& record, std::vector<std::byte>& bytes) {
  const std::size_t begin = bytes.size();
  bytes.resize(begin + sizeof(FrameHeader));
  FieldWriter writer(bytes);
  Record::fields_of(record, writer);
  close_frame(Record::kKind, begin, bytes);
}

/// False where the content is not exactly one such record. Its views are of `content`.
template <class Record>
[[nodiscard]] bool read_record(std::span<const std::byte> content, Record& record) {
  FieldReader reader(content);
  return Record::fields_of(record, reader) && reader.at_end();
}

}  // namespace vyre::runtime::replay
