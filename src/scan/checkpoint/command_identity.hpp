#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vyre/error.hpp"

namespace vyre::scan {

/// What makes a scan's output what it is: patterns, paths, form of output. Two scans of equal
/// identity print the same of the same files.
class CommandIdentity {
 public:
  /// A long value is kept as its hash.
  void add(std::string_view name, std::string_view value);

  [[nodiscard]] std::string encode() const;
  /// Nothing where `bytes` are not what encode() gave.
  static std::optional<CommandIdentity> decode(std::string_view bytes);

  /// "patterns: 'a' then, 'b' now": the first difference of `then` to this; empty where there
  /// is none.
  [[nodiscard]] std::string difference(const CommandIdentity& then) const;

 private:
  struct Entry {
    std::string name;
    std::string value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> entries_;
};

}  // namespace vyre::scan
