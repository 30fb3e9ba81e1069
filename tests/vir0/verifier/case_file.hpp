#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vyre::testing {

/// One program of a `.cases` file and what verify() is expected to say about it:
///
///     == TITLE
///     expect reject INSTRUCTION | expect reject program | expect accept
///     KEY VALUE ...
///
///     the program's text
///
/// Keys of a rejection: `reason`, a part of what it says. Of an accepted program: its bounds.
struct ProgramCase {
  std::string title;
  /// FILE:LINE of the title.
  std::string place;
  /// The rejected instruction, -1 for the program as a whole; none where it is accepted.
  std::optional<int> rejected_at;
  std::map<std::string, std::string> expected;
  std::string text;
};

/// All cases of the `.cases` files of a folder, by file name. Aborts on a malformed file.
std::vector<ProgramCase> read_cases(const std::string& folder);

}  // namespace vyre::testing
