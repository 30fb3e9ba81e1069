#include "cli/run_windows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/append_format.hpp"

namespace vyre::cli {
namespace {

const WindowDeclaration* find_window(const Program& program, std::string_view name) {
  const auto found = std::find_if(program.windows.begin(), program.windows.end(),
                                  [name](const auto& window) { return window.name == name; });
  return found == program.windows.end() ? nullptr : &*found;
}

std::string window_names(const Program& program) {
  std::string names;
  for (const WindowDeclaration& window : program.windows) {
    names += (names.empty() ? "" : ", ") + window.name;
  }
  return names;
}

Result<std::uint32_t> parse_word(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  std::uint32_t word = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, word, hexadecimal ? 16 : 10);
  if (parsed.ec == std::errc{} && parsed.ptr == end) return word;
  return tl::unexpected(invalid_argument(fmt::format("'{}' is no word of a window", text),
                                         "give numbers from 0 to 4294967295, or 0x..."));
}

bool written(const WindowDeclaration& window) { return window.access != WindowAccess::kRead; }

}  // namespace

Result<WindowSetting> parse_window_setting(const std::string& text, const Program& program) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return tl::unexpected(invalid_argument(fmt::format("--set {} gives no value", text),
                                           "write --set NAME=VALUE[,VALUE...]"));
  }
  const std::string name = text.substr(0, equals);
  WindowSetting setting{.window = find_window(program, name), .words = {}};
  if (setting.window == nullptr) {
    return tl::unexpected(invalid_argument(
        fmt::format("the program has no window '{}'", name),
        program.windows.empty() ? "it declares none: leave out --set"
                                : fmt::format("its windows are: {}", window_names(program))));
  }
  std::string_view rest = std::string_view(text).substr(equals + 1);
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto word = parse_word(rest.substr(0, comma));
    if (!word) return tl::unexpected(word.error());
    setting.words.push_back(*word);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (setting.words.size() > setting.window->count) {
    return tl::unexpected(
        invalid_argument(fmt::format("--set gives window '{}' {} words, it has {}", name,
                                     setting.words.size(), setting.window->count),
                         "give as many values or fewer"));
  }
  return setting;
}

Result<std::string> windows_text(const Program& program, const Session& session) {
  std::string text;
  for (const WindowDeclaration& window : program.windows) {
    if (!written(window)) continue;
    const auto words = session.read_window(window.first, window.count);
    if (!words) return tl::unexpected(words.error());
    if (window.count == 1) {
      base::append_format(text, " {}={}", window.name, words->front());
      continue;
    }
    for (std::size_t i = 0; i < words->size(); ++i) {
      if ((*words)[i] == 0) continue;
      base::append_format(text, " {}[{}]={}", window.name, i, (*words)[i]);
    }
  }
  return text;
}

Result<nlohmann::ordered_json> windows_json(const Program& program, const Session& session) {
  auto object = nlohmann::ordered_json::object();
  for (const WindowDeclaration& window : program.windows) {
    if (!written(window)) continue;
    const auto words = session.read_window(window.first, window.count);
    if (!words) return tl::unexpected(words.error());
    if (window.count == 1) {
      object[window.name] = words->front();
    } else {
      object[window.name] = *words;
    }
  }
  return object;
}

}  // namespace vyre::cli
