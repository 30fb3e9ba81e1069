#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vyre/chunk.hpp"
#include "vyre/program.hpp"

namespace vyre::cli {

/// How a program's results look. Made once per program; thread-safe.
class ResultFormat {
 public:
  explicit ResultFormat(const Program& program);

  /// " NAME=VALUE" for a word; for each word of several " NAME[3]=VALUE", but for those to which
  /// nothing was added (as one " NAME[]=VALUE" where that is all of them).
  void append_text(std::string& out, std::span<const std::uint64_t> words) const;
  /// {"NAME":VALUE or [VALUES]}
  void append_json(std::string& out, std::span<const std::uint64_t> words) const;

 private:
  struct Name {
    std::string text;
    /// Quoted and escaped.
    std::string json;
    std::uint32_t count;
    /// Of a word to which nothing was added.
    std::uint64_t nothing;
  };
  std::vector<Name> names_;
};

/// PATH:OFFSET: VALUE and a newline, for each record of the chunk; offsets are those of the file or
/// device, also where a part of a device is read.
void append_text_records(std::string& out, std::string_view path, const ChunkView& chunk);
/// {"offset":OFFSET,"value":VALUE} for each, separated by commas, and one before them unless they
/// are the file's `first`.
void append_json_records(std::string& out, bool first, const ChunkView& chunk);
/// "path":"..." or, where the path is not UTF-8, "path_bytes":"..." in base64.
void append_json_path(std::string& out, std::string_view path);

}  // namespace vyre::cli
