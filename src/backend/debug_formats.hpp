#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "vyre/error.hpp"
#include "wire/builtin.hpp"

namespace vyre::backend {

/// What the format ids of PRINTF slots stand for. An id is the text's hash, so that whoever
/// publishes may know it beforehand, and logs mean the same in every process. Thread-safe.
///
/// `{}` stands for the next of the record's three arguments, as an unsigned decimal; `{:d}` signed,
/// `{:x}` hexadecimal; `{{` and `}}` for braces. A text is taken apart once, when it is added: none
/// can reach beyond the arguments.
class DebugFormats {
 public:
  /// FNV-1a, 32 bits.
  static constexpr std::uint32_t id_of(std::string_view text) noexcept {
    std::uint32_t hash = 0x811C9DC5;
    for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x01000193;
    return hash;
  }

  /// Returns the text's id; a text that is there already is no error. Errors: InvalidArgument for
  /// more than three arguments, an unknown or unfinished `{`, a lone `}`, a text of more than
  /// kMostBytes, an id that another text has; Unavailable beyond kMostFormats.
  Result<std::uint32_t> add(std::string_view text);
  /// The record as one line, without its end: control characters of the text are shown as \xNN. Of
  /// an unknown id, the id and the three arguments.
  [[nodiscard]] std::string line(const wire::DebugRecord& record) const;

  static constexpr std::size_t kMostBytes = 4096;
  static constexpr std::size_t kMostFormats = 65536;

 private:
  /// Text, then an argument's form; the last one of a format has none.
  enum class Form : std::uint8_t { kNone, kUnsigned, kSigned, kHexadecimal };
  struct Piece {
    std::string text;
    Form form = Form::kNone;
  };
  struct Format {
    std::string text;
    std::vector<Piece> pieces;
  };
  static Result<std::vector<Piece>> take_apart(std::string_view text);

  mutable std::mutex mutex_;
  std::map<std::uint32_t, Format> formats_;
};

}  // namespace vyre::backend
