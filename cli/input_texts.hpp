#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "vyre/error.hpp"

namespace vyre::cli {

/// What a command reads before it begins: patterns, rules. Kept, so that a process that goes on
/// with the command is given it: a pipe or standard input cannot be read twice. One thread.
class InputTexts {
 public:
  using Reader = std::function<Result<std::string>(const std::string& path)>;

  InputTexts() = default;
  /// Of the process before, in the order in which it read them.
  explicit InputTexts(std::vector<std::string> given) : texts_(std::move(given)) {}

  /// The next one: what was given, else what `read` makes of `path`. Valid until the next call.
  Result<const std::string*> next(const std::string& path, const Reader& read);
  [[nodiscard]] const std::vector<std::string>& all() const noexcept { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::size_t taken_ = 0;
};

}  // namespace vyre::cli
