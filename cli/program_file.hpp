#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "vyre/program_text.hpp"

// Programs from files, in either form, and their mistakes with the place where they stand.
namespace vyre::cli {

/// A mistake in a program, or why its file could not be read.
struct ProgramProblem {
  /// As given; "-" is standard input.
  std::string file;
  /// None (line 0) where the file is binary or was not read.
  TextPosition position{0, 0};
  /// The instruction's index; -1 where the problem is not that of one.
  int instruction = -1;
  std::string what;
  std::string fix;

  /// "FILE:LINE:COLUMN: WHAT; FIX"
  [[nodiscard]] std::string message() const;
};

/// Why a file gave no program.
struct ProgramFileError {
  /// The file could not be read; otherwise what it holds is no program.
  bool unreadable = false;
  /// At least one; in the order of the text.
  std::vector<ProgramProblem> problems;
};

/// A program that was read, not yet verified.
struct ProgramFile {
  std::string file;
  Program program;
  bool binary = false;
  /// By instruction; empty for the binary form.
  std::vector<TextPosition> positions;

  /// The verifier's rejection, at its instruction's place.
  [[nodiscard]] ProgramProblem locate(const Error& rejection) const;
};

/// Reads a program from a file, or from standard input for "-". The magic VIR0 tells the binary
/// form from text, not the file's name. At most 576 MiB are read.
tl::expected<ProgramFile, ProgramFileError> load_program_file(const std::string& file);

/// Writes the problems to standard error, one line each.
void print_problems(const std::vector<ProgramProblem>& problems);

}  // namespace vyre::cli
