#include "tests/backend/text_buffer.hpp"

#include <cstring>

#include "base/check.hpp"
#include "base/checked.hpp"
#include "tests/support/address_sanitizer.hpp"

namespace vyre::backend {
namespace {

/// Between two texts lie 64 bytes or more.
constexpr std::size_t kAlignment = 128;
constexpr std::size_t kGap = 64;

void forbid([[maybe_unused]] std::span<std::byte> bytes) {
#if VYRE_ADDRESS_SANITIZER
  __asan_poison_memory_region(bytes.data(), bytes.size());
#endif
}

void permit([[maybe_unused]] std::span<std::byte> bytes) {
#if VYRE_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(bytes.data(), bytes.size());
#endif
}

}  // namespace

TextBuffer::TextBuffer(Megakernel& kernel, std::size_t bytes)
    : buffer_(kernel.map_buffer(bytes + kAlignment).value()) {
  forbid(buffer_.bytes());
}

TextBuffer::TextBuffer(Megakernel& kernel, std::string_view text)
    : TextBuffer(kernel, text.size()) {
  add(text);
}

TextBuffer::~TextBuffer() { permit(buffer_.bytes()); }

u64 TextBuffer::add(std::string_view text) {
  const std::size_t offset = used_ == 0 ? 0 : base::align_up(used_ + kGap, kAlignment);
  VYRE_CHECK(offset <= buffer_.size() && text.size() <= buffer_.size() - offset);
  used_ = offset + text.size();
  const std::span<std::byte> place = buffer_.bytes().subspan(offset, text.size());
  permit(place);
  if (!text.empty()) std::memcpy(place.data(), text.data(), text.size());
  return offset;
}

void TextBuffer::clear() {
  used_ = 0;
  forbid(buffer_.bytes());
}

}  // namespace vyre::backend
