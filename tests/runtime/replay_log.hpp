#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/replay/log_frame.hpp"
#include "runtime/replay/log_reader.hpp"

namespace vyre::test {

namespace replay = runtime::replay;

/// A log's records in memory, to be changed and written again with checksums that are right.
class EditedLog {
 public:
  explicit EditedLog(const std::string& path) {
    auto reader = replay::LogReader::open(path);
    if (!reader) throw std::runtime_error(reader.error().message());
    while (true) {
      const auto record = reader->next();
      if (!record) throw std::runtime_error(record.error().message());
      if (!*record) break;
      records_.push_back({(*record)->kind, {(*record)->content.begin(), (*record)->content.end()}});
    }
  }

  /// Calls `change` with the `index`th record of its type, which it may change.
  template <class Record, class Change>
  void edit(std::size_t index, Change change) {
    for (Item& item : records_) {
      if (item.kind != Record::kKind || index-- != 0) continue;
      Record record;
      ASSERT_TRUE(replay::read_record(item.content, record));
      change(record);
      std::vector<std::byte> bytes;
      replay::append_record(record, bytes);
      item.content.assign(bytes.begin() + sizeof(replay::FrameHeader), bytes.end());
      return;
    }
    FAIL() << "the log has no such record";
  }
  /// The same for all of the type.
  template <class Record, class Change>
  void edit_all(Change change) {
    for (std::size_t i = 0; i < count(Record::kKind); ++i) edit<Record>(i, change);
  }
  /// The records of a type.
  template <class Record>
  std::vector<Record> all() {
    std::vector<Record> records(count(Record::kKind));
    for (std::size_t i = 0; i < records.size(); ++i) {
      edit<Record>(i, [&](const Record& record) { records[i] = record; });
    }
    return records;
  }
  [[nodiscard]] std::size_t count(replay::RecordKind kind) const {
    std::size_t count = 0;
    for (const Item& item : records_) count += item.kind == kind ? 1 : 0;
    return count;
  }
  /// The fields of the `index`th record of a kind, to be changed in any way.
  std::vector<std::byte>& content(replay::RecordKind kind, std::size_t index) {
    return find(kind, index)->content;
  }
  /// Takes away the `index`th record of a kind, or writes it twice.
  void remove(replay::RecordKind kind, std::size_t index) { records_.erase(find(kind, index)); }
  void repeat(replay::RecordKind kind, std::size_t index) {
    const auto place = find(kind, index);
    const Item copy = *place;
    records_.insert(place, copy);
  }

  void write(const std::string& path) const {
    const replay::LogHeader header = replay::make_log_header();
    const auto* begin = reinterpret_cast<const std::byte*>(&header);
    std::vector<std::byte> bytes(begin, begin + sizeof header);
    for (const Item& item : records_) {
      const std::size_t frame = bytes.size();
      bytes.resize(frame + sizeof(replay::FrameHeader));
      bytes.insert(bytes.end(), item.content.begin(), item.content.end());
      replay::close_frame(item.kind, frame, bytes);
    }
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

 private:
  struct Item {
    replay::RecordKind kind;
    std::vector<std::byte> content;
  };
  std::vector<Item>::iterator find(replay::RecordKind kind, std::size_t index) {
    for (auto item = records_.begin(); item != records_.end(); ++item) {
      if (item->kind == kind && index-- == 0) return item;
    }
    throw std::runtime_error("the log has no such record");
  }
  std::vector<Item> records_;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace vyre::test
