#pragma once

#include <string>
#include <vector>

#include "doctor/row.hpp"

namespace vyre::doctor {

/// What a table of cases expects of one row.
struct Expected {
  State state = State::kAvailable;
  /// Parts of the evidence.
  std::vector<std::string> evidence = {};
  /// A part of the fix; empty where there is to be none.
  std::string fix = {};
};

/// Checks a row against what is expected, and that it is told whole.
void expect_row(const Row& row, const Expected& expected);

/// Checks what holds of every row, whatever it was made from: it has evidence, only printable
/// bytes, and a consequence exactly where it is not available.
void expect_told(const Row& row);

/// The row of that name; throws where there is none or several.
const Row& row_named(const std::vector<Row>& rows, const std::string& name);

}  // namespace vyre::doctor
