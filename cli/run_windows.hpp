#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "vyre/program.hpp"
#include "vyre/session.hpp"

namespace vyre::cli {

/// Words for a declared window, from its first on.
struct WindowSetting {
  const WindowDeclaration* window;
  std::vector<std::uint32_t> words;
};

/// Reads NAME=VALUE[,VALUE...], values decimal or 0x hexadecimal. Errors: InvalidArgument naming
/// what is no window of the program (and which there are), no number, or too many.
Result<WindowSetting> parse_window_setting(const std::string& text, const Program& program);

/// What a run left in the windows that the program writes, after it. Errors: the session's.
/// " NAME=VALUE" for a word, " NAME[3]=VALUE" for each word of a range that is not 0.
Result<std::string> windows_text(const Program& program, const Session& session);
/// {NAME: value or [values]}
Result<nlohmann::ordered_json> windows_json(const Program& program, const Session& session);

}  // namespace vyre::cli
