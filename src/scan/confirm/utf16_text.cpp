#include "scan/confirm/utf16_text.hpp"

#include <utility>

namespace vyre::scan {
namespace {

constexpr std::uint32_t kMark = 0xFEFF;
constexpr std::uint32_t kReplacement = 0xFFFD;

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

std::optional<Utf16Text::ByteOrder> Utf16Text::detect(std::string_view front) noexcept {
  if (front.starts_with("\xFF\xFE")) return ByteOrder::kLittle;
  if (front.starts_with("\xFE\xFF")) return ByteOrder::kBig;
  return std::nullopt;
}

void Utf16Text::append(std::string_view bytes, std::string& out) {
  for (const char byte : bytes) {
    const auto second = static_cast<unsigned char>(byte);
    if (!odd_byte_) {
      odd_byte_ = second;
      continue;
    }
    const std::uint32_t first = *std::exchange(odd_byte_, std::nullopt);
    const bool little = order_ == ByteOrder::kLittle;
    append_unit(little ? first | std::uint32_t{second} << 8 : first << 8 | second, out);
  }
}

void Utf16Text::append_unit(std::uint32_t unit, std::string& out) {
  if (marks_left_ > 0 && unit == kMark) {
    --marks_left_;
    return;
  }
  marks_left_ = 0;
  if (high_ != 0) {
    const std::uint32_t high = std::exchange(high_, 0);
    if (is_low(unit)) {
      append_utf8(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), out);
      return;
    }
    append_utf8(kReplacement, out);
  }
  if (is_high(unit)) {
    high_ = unit;
  } else {
    append_utf8(is_low(unit) ? kReplacement : unit, out);
  }
}

void Utf16Text::finish(std::string& out) {
  const bool cut = high_ != 0 || odd_byte_.has_value();
  high_ = 0;
  odd_byte_.reset();
  if (cut) append_utf8(kReplacement, out);
}

}  // namespace vyre::scan
