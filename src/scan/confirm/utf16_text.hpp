#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vyre::scan {

/// Turns the bytes of a file that begins with a UTF-16 byte order mark into UTF-8, a piece at a
/// time. What is not well-formed becomes U+FFFD.
class Utf16Text {
 public:
  enum class ByteOrder { kLittle, kBig };

  /// The byte order that the front of a file announces; nothing where it is not UTF-16.
  static std::optional<ByteOrder> detect(std::string_view front) noexcept;

  explicit Utf16Text(ByteOrder order) noexcept : order_(order) {}

  /// Appends what `bytes` complete; the first bytes given are the byte order mark.
  void append(std::string_view bytes, std::string& out);
  /// Appends what the end of the file leaves cut in two.
  void finish(std::string& out);

 private:
  void append_unit(std::uint32_t unit, std::string& out);

  ByteOrder order_;
  /// Marks at the front that are dropped: its own, and one more, as ripgrep does.
  int marks_left_ = 2;
  std::optional<unsigned char> odd_byte_;
  /// A high surrogate that waits for its low one; 0 where none does.
  std::uint32_t high_ = 0;
};

}  // namespace vyre::scan
