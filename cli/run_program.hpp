#pragma once

#include <string>
#include <vector>

#include "cli/program_file.hpp"
#include "vyre/program.hpp"

namespace vyre::cli {

/// A program from a file, verified.
class RunProgram {
 public:
  /// Reads and verifies. Errors: at least one problem of the file.
  static tl::expected<RunProgram, std::vector<ProgramProblem>> load(const std::string& path);

  [[nodiscard]] const VerifiedProgram& verified() const noexcept { return verified_; }
  [[nodiscard]] const Program& program() const noexcept { return verified_.program(); }
  [[nodiscard]] const ProgramBounds& bounds() const noexcept { return verified_.bounds(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// "PATH:LINE:COLUMN" of an instruction; empty for a binary.
  [[nodiscard]] std::string place_of(std::uint32_t instruction) const;

 private:
  RunProgram(VerifiedProgram verified, std::string path, std::vector<TextPosition> positions);

  VerifiedProgram verified_;
  std::string path_;
  std::vector<TextPosition> positions_;
};

}  // namespace vyre::cli
