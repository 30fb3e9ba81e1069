#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "vyre/source.hpp"

// The bytes inside a record: little-endian 64-bit words and strings.
namespace vyre::scan {

class RecordWriter {
 public:
  void word(std::uint64_t value) { append(&value, sizeof value); }
  void mark(const SourceMark& value) {
    word(value.high);
    word(value.low);
  }
  void text(std::string_view value) {
    word(value.size());
    append(value.data(), value.size());
  }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  void append(const void* data, std::size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
  }
  std::string bytes_;
};

/// Reads what RecordWriter wrote. Each read is false where the bytes end too early.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool word(std::uint64_t& value) {
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return true;
  }
  [[nodiscard]] bool mark(SourceMark& value) { return word(value.high) && word(value.low); }
  [[nodiscard]] bool text(std::string& value) {
    std::uint64_t size = 0;
    if (!word(size) || size > rest_.size()) return false;
    value.assign(rest_.substr(0, static_cast<std::size_t>(size)));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return true;
  }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace vyre::scan
