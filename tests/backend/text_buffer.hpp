#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "backend/megakernel.hpp"
#include "memory/mapped_buffer.hpp"

namespace vyre::backend {

/// Texts in memory that the workers read, one behind the other. Under AddressSanitizer nobody may
/// touch the bytes around them. Declare it before the Regions on it.
class TextBuffer {
 public:
  /// Room for texts of `bytes` in all, each rounded up to multiples of 128. Aborts where memory is
  /// short.
  TextBuffer(Megakernel& kernel, std::size_t bytes);
  /// One text alone.
  TextBuffer(Megakernel& kernel, std::string_view text);
  ~TextBuffer();
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

  /// Copies a text behind the last; its offset in bytes(). Aborts where it does not fit.
  u64 add(std::string_view text);
  /// Forgets all texts. Not while a worker may read one.
  void clear();

  /// All that is taken: of one text, exactly its bytes.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return buffer_.bytes().first(used_);
  }
  /// The whole room, whatever is taken.
  [[nodiscard]] std::span<const std::byte> all() const noexcept { return buffer_.bytes(); }
  [[nodiscard]] u32 size() const noexcept { return static_cast<u32>(used_); }

 private:
  memory::MappedBuffer buffer_;
  std::size_t used_ = 0;
};

}  // namespace vyre::backend
