#include "cli/run_program.hpp"

#include <fmt/format.h>

#include <utility>

namespace vyre::cli {

RunProgram::RunProgram(VerifiedProgram verified, std::string path,
                       std::vector<TextPosition> positions)
    : verified_(std::move(verified)), path_(std::move(path)), positions_(std::move(positions)) {}

tl::expected<RunProgram, std::vector<ProgramProblem>> RunProgram::load(const std::string& path) {
  auto file = load_program_file(path);
  if (!file) return tl::unexpected(std::move(file.error().problems));
  auto verified = verify(std::move(file->program));
  if (!verified) return tl::unexpected(std::vector{file->locate(verified.error())});
  return RunProgram(std::move(*verified), path, std::move(file->positions));
}

std::string RunProgram::place_of(std::uint32_t instruction) const {
  if (instruction >= positions_.size()) return {};
  const TextPosition& position = positions_[instruction];
  return fmt::format("{}:{}:{}", path_, position.line, position.column);
}

}  // namespace vyre::cli
