#include "tests/doctor/told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace vyre::doctor {
namespace {

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char byte) { return byte >= ' ' && byte <= '~'; });
}

}  // namespace

void expect_told(const Row& row) {
  EXPECT_FALSE(row.name.empty());
  EXPECT_FALSE(row.evidence.empty()) << row.name;
  EXPECT_EQ(row.consequence.empty(), row.state == State::kAvailable) << row.name;
  EXPECT_TRUE(row.fix.empty() || row.state != State::kAvailable) << row.name;
  for (const std::string& text : {row.name, row.evidence, row.consequence, row.fix}) {
    EXPECT_TRUE(is_printable(text)) << row.name << ": " << text;
    EXPECT_LT(text.size(), 2000u) << row.name;
  }
}

void expect_row(const Row& row, const Expected& expected) {
  expect_told(row);
  EXPECT_EQ(row.state, expected.state) << row.name << ": " << row.evidence;
  for (const std::string& part : expected.evidence) {
    EXPECT_THAT(row.evidence, testing::HasSubstr(part)) << row.name;
  }
  EXPECT_EQ(row.fix.empty(), expected.fix.empty()) << row.name << ": " << row.fix;
  EXPECT_THAT(row.fix, testing::HasSubstr(expected.fix)) << row.name;
}

const Row& row_named(const std::vector<Row>& rows, const std::string& name) {
  const auto is_named = [&name](const Row& row) { return row.name == name; };
  if (std::count_if(rows.begin(), rows.end(), is_named) != 1) {
    throw std::out_of_range("not one row " + name);
  }
  return *std::find_if(rows.begin(), rows.end(), is_named);
}

}  // namespace vyre::doctor
