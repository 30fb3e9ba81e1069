#include "cli/run_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "scan/report/text_format.hpp"
#include "vir0/result_combine.hpp"

namespace vyre::cli {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

std::uint64_t device_offset(const ChunkView& chunk, const Record& record) {
  return chunk.file.first_offset() + chunk.file_offset + record.offset;
}

}  // namespace

ResultFormat::ResultFormat(const Program& program) {
  for (const ResultDeclaration& result : program.results) {
    // Of an empty file, where finishing changes the word.
    const std::uint64_t nothing = vir0::finish(result.combine, vir0::identity(result.combine), 0);
    names_.push_back({.text = result.name,
                      .json = nlohmann::json(result.name)
                                  .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                      .count = result.count,
                      .nothing = nothing});
  }
}

void ResultFormat::append_text(std::string& out, std::span<const std::uint64_t> words) const {
  for (const Name& name : names_) {
    const auto own = words.first(name.count);
    words = words.subspan(name.count);
    const auto append = [&](std::string_view index, std::uint64_t value) {
      out.append(" ").append(name.text).append(index).append("=");
      append_number(out, value);
    };
    if (name.count == 1) {
      append("", own.front());
      continue;
    }
    if (std::all_of(own.begin(), own.end(), [&](auto word) { return word == name.nothing; })) {
      append("[]", name.nothing);
      continue;
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i] != name.nothing) append(fmt::format("[{}]", i), own[i]);
    }
  }
}

void ResultFormat::append_json(std::string& out, std::span<const std::uint64_t> words) const {
  out.push_back('{');
  bool first = true;
  for (const Name& name : names_) {
    if (!std::exchange(first, false)) out.push_back(',');
    out.append(name.json).push_back(':');
    if (name.count == 1) {
      append_number(out, words.front());
    } else {
      for (std::uint32_t i = 0; i < name.count; ++i) {
        out.push_back(i == 0 ? '[' : ',');
        append_number(out, words[i]);
      }
      out.push_back(']');
    }
    words = words.subspan(name.count);
  }
  out.push_back('}');
}

void append_text_records(std::string& out, std::string_view path, const ChunkView& chunk) {
  for (const Record& record : chunk.records) {
    out.append(path).push_back(':');
    append_number(out, device_offset(chunk, record));
    out.append(": ");
    append_number(out, record.value);
    out.push_back('\n');
  }
}

void append_json_records(std::string& out, bool first, const ChunkView& chunk) {
  for (const Record& record : chunk.records) {
    if (!std::exchange(first, false)) out.push_back(',');
    out.append("{\"offset\":");
    append_number(out, device_offset(chunk, record));
    out.append(",\"value\":");
    append_number(out, record.value);
    out.push_back('}');
  }
}

void append_json_path(std::string& out, std::string_view path) {
  if (scan::is_utf8(path)) {
    out.append("\"path\":").append(nlohmann::json(path).dump());
  } else {
    out.append("\"path_bytes\":\"").append(scan::base64(path)).append("\"");
  }
}

}  // namespace vyre::cli
