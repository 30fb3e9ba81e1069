#include "backend/debug_formats.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/append_format.hpp"

namespace vyre::backend {
namespace {

constexpr std::size_t kArguments = std::size(wire::DebugRecord{}.arguments);

void append_visible(std::string& out, char byte) {
  const auto code = static_cast<unsigned char>(byte);
  if (code < 0x20 || code == 0x7F) {
    base::append_format(out, "\\x{:02x}", code);
  } else {
    out.push_back(byte);
  }
}

Error malformed(std::size_t at, const char* what) {
  return invalid_argument(fmt::format("byte {} of a PRINTF format: {}", at, what),
                          "use {}, {:d} or {:x} for an argument, {{ and }} for braces");
}

}  // namespace

Result<std::vector<DebugFormats::Piece>> DebugFormats::take_apart(std::string_view text) {
  constexpr std::pair<std::string_view, Form> kForms[] = {
      {"{}", Form::kUnsigned}, {"{:d}", Form::kSigned}, {"{:x}", Form::kHexadecimal}};
  std::vector<Piece> pieces(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const char byte = rest.front();
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      pieces.back().text.push_back(byte);
      at += 2;
    } else if (byte == '}') {
      return tl::unexpected(malformed(at, "a } without its {"));
    } else if (byte == '{') {
      std::size_t length = 0;
      for (const auto& [written, form] : kForms) {
        if (!rest.starts_with(written)) continue;
        pieces.back().form = form;
        length = written.size();
      }
      if (length == 0) return tl::unexpected(malformed(at, "a { that stands for no argument"));
      if (pieces.size() > kArguments) {
        return tl::unexpected(malformed(at, "a fourth argument, and a record has three"));
      }
      pieces.emplace_back();
      at += length;
    } else {
      append_visible(pieces.back().text, byte);
      ++at;
    }
  }
  return pieces;
}

Result<std::uint32_t> DebugFormats::add(std::string_view text) {
  if (text.size() > kMostBytes) {
    return tl::unexpected(invalid_argument(fmt::format("a PRINTF format of {} bytes", text.size()),
                                           fmt::format("use {} bytes at most", kMostBytes)));
  }
  auto pieces = take_apart(text);
  if (!pieces) return tl::unexpected(std::move(pieces.error()));
  const std::uint32_t id = id_of(text);
  const std::lock_guard lock(mutex_);
  const auto known = formats_.find(id);
  if (known != formats_.end()) {
    if (known->second.text == text) return id;
    return tl::unexpected(invalid_argument(
        fmt::format("two PRINTF formats have the id {:#010x}", id), "change one of the texts"));
  }
  if (formats_.size() == kMostFormats) {
    return tl::unexpected(
        unavailable(fmt::format("{} PRINTF formats are known already", kMostFormats),
                    "tell values apart by arguments, not by formats"));
  }
  formats_.emplace(id, Format{std::string(text), std::move(*pieces)});
  return id;
}

std::string DebugFormats::line(const wire::DebugRecord& record) const {
  const std::lock_guard lock(mutex_);
  const auto known = formats_.find(record.format);
  if (known == formats_.end()) {
    return fmt::format("unknown format {:#010x}: {} {} {}", record.format, record.arguments[0],
                       record.arguments[1], record.arguments[2]);
  }
  std::string line;
  std::size_t next = 0;
  for (const Piece& piece : known->second.pieces) {
    line += piece.text;
    if (piece.form == Form::kNone) continue;
    const std::uint32_t argument = record.arguments[next++];
    if (piece.form == Form::kSigned) {
      base::append_format(line, "{}", static_cast<std::int32_t>(argument));
    } else if (piece.form == Form::kHexadecimal) {
      base::append_format(line, "{:#x}", argument);
    } else {
      base::append_format(line, "{}", argument);
    }
  }
  return line;
}

}  // namespace vyre::backend
