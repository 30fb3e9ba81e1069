#pragma once

#include <CLI/App.hpp>
#include <string>
#include <utility>
#include <vector>

namespace vyre::cli {

/// "'cud' is none of auto, cpu, cuda; did you mean cuda?"
std::string no_such_word(const std::string& given, const std::vector<std::string>& words);

/// Declares an option that takes one of a few words, each of which stands for a value. Another word
/// is a parse error that says which there are. `words` and `value` outlive the command.
template <class Value>
CLI::Option* add_word_option(CLI::App& command, const std::string& name,
                             const std::vector<std::pair<std::string, Value>>& words, Value& value,
                             const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [&words, &value](const std::string& given) {
            for (const auto& [word, meaning] : words) {
              if (word == given) value = meaning;
            }
          },
          description)
      ->check(CLI::Validator(
          [&words](const std::string& given) {
            std::vector<std::string> known;
            for (const auto& entry : words) {
              if (entry.first == given) return std::string();
              known.push_back(entry.first);
            }
            return no_such_word(given, known);
          },
          ""));
}

}  // namespace vyre::cli
