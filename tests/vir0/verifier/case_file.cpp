#include "tests/vir0/verifier/case_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace vyre::testing {
namespace {

[[noreturn]] void give_up(const std::string& place, const std::string& line) {
  std::cerr << place << ": cannot read the line `" << line << "`\n";
  std::abort();
}

void read_header_line(ProgramCase& into, const std::string& line) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) give_up(into.place, line);
  const std::string key = line.substr(0, space);
  const std::string value = line.substr(space + 1);
  if (key != "expect") {
    into.expected[key] = value;
  } else if (value == "reject program") {
    into.rejected_at = -1;
  } else if (value.starts_with("reject ")) {
    into.rejected_at = std::stoi(value.substr(7));
  } else if (value != "accept") {
    give_up(into.place, line);
  }
}

void read_file(const std::filesystem::path& path, std::vector<ProgramCase>& cases) {
  std::ifstream file(path);
  bool in_header = false;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const std::string place = fmt::format("{}:{}", path.filename().string(), number);
    if (line.starts_with("== ")) {
      cases.push_back({line.substr(3), place, std::nullopt, {}, {}});
      in_header = true;
    } else if (cases.empty()) {
      give_up(place, line);
    } else if (in_header && line.empty()) {
      in_header = false;
    } else if (in_header) {
      read_header_line(cases.back(), line);
    } else {
      cases.back().text += line + "\n";
    }
  }
}

}  // namespace

std::vector<ProgramCase> read_cases(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".cases") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<ProgramCase> cases;
  for (const auto& path : paths) read_file(path, cases);
  return cases;
}

}  // namespace vyre::testing
