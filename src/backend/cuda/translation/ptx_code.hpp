#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::backend::translation {

/// The body of one PTX function while it is written, instruction by instruction, and the registers
/// that it uses besides those of the program.
class PtxCode {
 public:
  /// One line.
  template <class... Arguments>
  void operator()(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += "  ";
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }
  void label(const std::string& name) { text_ += name + ":\n"; }

  /// Registers that nothing else uses: of 32 bits, of 64, and predicates.
  std::string word() { return fmt::format("%t{}", words_++); }
  std::string wide() { return fmt::format("%u{}", wides_++); }
  std::string truth() { return fmt::format("%p{}", truths_++); }
  /// A label that nothing else uses.
  std::string place() { return fmt::format("P{}", places_++); }

  /// Declarations of all registers that were given out.
  [[nodiscard]] std::string declarations() const {
    return fmt::format("  .reg .b32 %t<{}>;\n  .reg .b64 %u<{}>;\n  .reg .pred %p<{}>;\n",
                       words_ + 1, wides_ + 1, truths_ + 1);
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  u32 words_ = 0;
  u32 wides_ = 0;
  u32 truths_ = 0;
  u32 places_ = 0;
};

}  // namespace vyre::backend::translation
