#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/check.hpp"
#include "wire/platform.hpp"

// The bytes of a record of the replay log: words, hashes, strings and lists without gaps,
// little-endian. A record's layout is written down once, as a template `fields(archive)` that
// passes its members to an archive one after the other, which writes or reads them.
namespace vyre::runtime::replay {

template <class T>
inline constexpr bool kPlainField =
    std::is_integral_v<T> || std::is_same_v<T, std::array<std::byte, 16>>;

/// Appends fields to `bytes`. Never fails: lists have fewer than 2^32 items.
class FieldWriter {
 public:
  explicit FieldWriter(std::vector<std::byte>& bytes) : bytes_(bytes) {}

  template <class... Fields>
  bool operator()(const Fields&... fields) {
    (write(fields), ...);
    return true;
  }

 private:
  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    const std::size_t begin = bytes_.size();
    bytes_.resize(begin + size);
    std::memcpy(bytes_.data() + begin, data, size);
  }
  void count(std::size_t size) {
    VYRE_CHECK(size <= std::numeric_limits<u32>::max());
    write(static_cast<u32>(size));
  }
  void write(const std::string& text) {
    count(text.size());
    append(text.data(), text.size());
  }
  template <class T>
  void write(const T& value) {
    if constexpr (kPlainField<T>) {
      append(&value, sizeof value);
    } else {
      value.fields(*this);
    }
  }
  template <class T, std::size_t kCount>
  void write(const std::array<T, kCount>& values) {
    static_assert(kPlainField<T>);
    append(values.data(), sizeof values);
  }
  void write(const std::array<std::byte, 16>& hash) { append(hash.data(), hash.size()); }
  template <class T>
  void write(const std::vector<T>& values) {
    count(values.size());
    if constexpr (std::is_trivially_copyable_v<T>) {
      append(values.data(), values.size() * sizeof(T));
    } else {
      for (const T& value : values) write(value);
    }
  }
  template <class T>
  void write(const std::span<T>& values) {
    count(values.size());
    append(values.data(), values.size_bytes());
  }

  std::vector<std::byte>& bytes_;
};

/// Reads what FieldWriter wrote; false where the bytes end too early. Allocates nothing that the
/// remaining bytes do not hold.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class... Fields>
  [[nodiscard]] bool operator()(Fields&... fields) {
    return (read(fields) && ...);
  }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  bool take(void* target, std::size_t size) {
    if (rest_.size() < size) return false;
    if (size != 0) std::memcpy(target, rest_.data(), size);
    rest_ = rest_.subspan(size);
    return true;
  }
  /// A count of items of which each takes at least `item_bytes`.
  bool count(u32& value, std::size_t item_bytes) {
    return take(&value, sizeof value) && value <= rest_.size() / item_bytes;
  }
  bool read(std::string& text) {
    u32 size = 0;
    if (!count(size, 1)) return false;
    text.resize(size);
    return take(text.data(), size);
  }
  template <class T>
  bool read(T& value) {
    if constexpr (kPlainField<T>) {
      return take(&value, sizeof value);
    } else {
      return value.fields(*this);
    }
  }
  template <class T, std::size_t kCount>
  bool read(std::array<T, kCount>& values) {
    return take(values.data(), sizeof values);
  }
  template <class T>
  bool read(std::vector<T>& values) {
    u32 size = 0;
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (!count(size, sizeof(T))) return false;
      values.resize(size);
      return take(values.data(), size * sizeof(T));
    } else {
      if (!count(size, T::kLeastBytes)) return false;
      values.clear();
      for (u32 i = 0; i < size; ++i) {
        if (!read(values.emplace_back())) return false;
      }
      return true;
    }
  }
  /// The view lives as long as the bytes that are read.
  bool read(std::span<const std::byte>& view) {
    u32 size = 0;
    if (!count(size, 1)) return false;
    view = rest_.first(size);
    rest_ = rest_.subspan(size);
    return true;
  }

  std::span<const std::byte> rest_;
};

}  // namespace vyre::runtime::replay
