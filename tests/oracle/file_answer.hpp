#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/oracle/naive_run.hpp"
#include "tests/support/reference_run.hpp"

namespace vyre::oracle {

/// What a run of a program over a file says, whoever ran it.
struct FileAnswer {
  /// Nothing else counts where it is set.
  std::optional<NaiveFault> fault;
  std::vector<u64> results;
  std::vector<NaiveRecord> records;
  std::string output;
  std::vector<u32> window;
  u64 fuel = 0;
};

FileAnswer answer_of(const NaiveRun& run);
FileAnswer answer_of(const testing::FileRun& run, std::vector<u32> window);

/// The first thing in which an answer is not the expected one; none where they are equal.
std::optional<std::string> first_difference(const FileAnswer& expected, const FileAnswer& actual);

}  // namespace vyre::oracle
