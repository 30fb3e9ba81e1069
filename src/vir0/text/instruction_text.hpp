#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vir0/text/symbol_layout.hpp"
#include "vyre/program.hpp"

namespace vyre::vir0::text {

/// The names by which a program's instructions refer to what it declares.
class References {
 public:
  explicit References(const Program& program);

  [[nodiscard]] const UniqueNames& labels() const noexcept { return labels_; }
  [[nodiscard]] const UniqueNames& tables() const noexcept { return tables_; }
  /// Whether a result's or window's name can stand without quotes.
  [[nodiscard]] bool is_plain_result(std::string_view name) const;
  [[nodiscard]] bool is_plain_window(std::string_view name) const;

  /// `name`, or `@index`.
  [[nodiscard]] std::string label(u32 index) const;
  /// `name`, or the number.
  [[nodiscard]] std::string table(u32 index) const;
  [[nodiscard]] std::string window(u32 index) const;
  /// `name`, `name+k`, or the number.
  [[nodiscard]] std::string result(u32 word) const;

  [[nodiscard]] bool has_label(u32 index) const { return label_names_.contains(index); }

 private:
  const Program& program_;
  UniqueNames labels_;
  UniqueNames tables_;
  std::map<u32, std::string_view> label_names_;
  std::map<u32, std::string_view> table_names_;
  std::map<std::string_view, std::size_t> result_bearers_;
  std::map<std::string_view, std::size_t> window_bearers_;
  /// First word of each result declaration; ascending.
  std::vector<u64> result_bases_;
};

/// One instruction: mnemonic and operands, or `.word` where the instruction set has no words for
/// it.
std::string instruction_text(u64 word, const References& references);

/// The instruction that a branch of the instruction set names, in a word that is written as one.
std::optional<u32> branch_target(u64 word);

}  // namespace vyre::vir0::text
