#include "cli/program_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/owned_fd.hpp"
#include "vir0/limits.hpp"

namespace vyre::cli {
namespace {

constexpr std::string_view kMagic = "VIR0";
// The greatest tables in hexadecimal, and as much around them as any program needs; a device
// without an end is given up here.
constexpr std::size_t kMaxFileBytes = 2 * vir0::kMaxProgramTableBytes + (std::size_t{64} << 20);

std::string shown_name(const std::string& file) { return file == "-" ? "standard input" : file; }

Result<std::string> read_all(int descriptor, const std::string& file) {
  std::string bytes;
  std::array<char, 64 * 1024> block;
  while (bytes.size() <= kMaxFileBytes) {
    const ssize_t taken = ::read(descriptor, block.data(), block.size());
    if (taken == 0) return bytes;
    if (taken > 0) {
      bytes.append(block.data(), static_cast<std::size_t>(taken));
    } else if (errno != EINTR) {
      return tl::unexpected(syscall_error("read " + shown_name(file), errno));
    }
  }
  return tl::unexpected(
      invalid_argument(fmt::format("{} holds more than {} bytes", shown_name(file), kMaxFileBytes),
                       "give a program's file"));
}

Result<std::string> read_file(const std::string& file) {
  if (file == "-") return read_all(STDIN_FILENO, file);
  const base::OwnedFd descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return tl::unexpected(syscall_error("open " + file, errno));
  return read_all(descriptor.get(), file);
}

ProgramFileError error_of(const std::string& file, const Error& error, bool unreadable) {
  return {unreadable, {{file, {0, 0}, -1, error.what, error.fix}}};
}

// Without this, each byte of an executable or an archive would be a mistake of its own.
std::optional<ProgramProblem> find_nul(const std::string& file, const std::string& text) {
  const std::size_t at = text.find('\0');
  if (at == std::string::npos) return std::nullopt;
  const auto line = static_cast<std::uint32_t>(
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  const std::size_t newline = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return ProgramProblem{file,
                        {line + 1, static_cast<std::uint32_t>(at - begin + 1)},
                        -1,
                        "byte 0x00 stands in no text, and the binary form begins with VIR0",
                        "give a program that was written by hand or by vyre asm"};
}

}  // namespace

std::string ProgramProblem::message() const {
  std::string text = shown_name(file);
  if (position.line != 0) text += fmt::format(":{}:{}", position.line, position.column);
  text += ": " + what;
  return fix.empty() ? text : text + "; " + fix;
}

ProgramProblem ProgramFile::locate(const Error& rejection) const {
  ProgramProblem problem{file, {0, 0}, -1, rejection.what, rejection.fix};
  if (rejection.code != ErrorCode::kInvalidProgram || rejection.detail < 0) return problem;
  problem.instruction = rejection.detail;
  const auto index = static_cast<std::size_t>(rejection.detail);
  if (index < positions.size()) problem.position = positions[index];
  return problem;
}

tl::expected<ProgramFile, ProgramFileError> load_program_file(const std::string& file) {
  const auto bytes = read_file(file);
  if (!bytes) return tl::unexpected(error_of(file, bytes.error(), true));
  if (bytes->starts_with(kMagic)) {
    auto program = decode(std::as_bytes(std::span(*bytes)));
    if (!program) return tl::unexpected(error_of(file, program.error(), false));
    return ProgramFile{file, std::move(*program), true, {}};
  }
  if (auto nul = find_nul(file, *bytes)) return tl::unexpected(ProgramFileError{false, {*nul}});
  auto assembled = assemble_with_positions(*bytes);
  if (assembled) {
    return ProgramFile{file, std::move(assembled->program), false, std::move(assembled->positions)};
  }
  ProgramFileError failed;
  for (TextError& error : assembled.error()) {
    failed.problems.push_back(
        {file, error.position, -1, std::move(error.what), std::move(error.fix)});
  }
  return tl::unexpected(std::move(failed));
}

void print_problems(const std::vector<ProgramProblem>& problems) {
  for (const ProgramProblem& problem : problems) fmt::print(stderr, "{}\n", problem.message());
}

}  // namespace vyre::cli
