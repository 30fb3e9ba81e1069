#include "cli/program_report.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "vir0/text/spelling.hpp"

namespace vyre::cli {
namespace {

using nlohmann::ordered_json;

std::string_view order_name(TileOrder order) {
  switch (order) {
    case TileOrder::kAny:
      return "any";
    case TileOrder::kPerFile:
      return "per-file";
    case TileOrder::kSerial:
      return "serial";
  }
  return "";
}

std::string_view order_meaning(TileOrder order) {
  switch (order) {
    case TileOrder::kAny:
      return "any order, many at a time";
    case TileOrder::kPerFile:
      return "in order within a file (it carries), files beside each other";
    case TileOrder::kSerial:
      return "one at a time, files in order (a state window)";
  }
  return "";
}

// A verified program holds no other values.
std::string_view combine_name(Combine combine) {
  return vir0::text::kCombineNames.at(static_cast<std::size_t>(combine));
}
std::string_view access_name(WindowAccess access) {
  return vir0::text::kAccessNames.at(static_cast<std::size_t>(access));
}

std::string hex(const ContentHash& hash) {
  std::string text;
  for (const std::byte byte : hash) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

std::size_t table_bytes(const Program& program) {
  std::size_t bytes = 0;
  for (const auto& table : program.tables) bytes += table.size();
  return bytes;
}

std::string results_text(const Program& program) {
  std::string text;
  for (const ResultDeclaration& result : program.results) {
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", result.name, combine_name(result.combine));
    if (result.count != 1) text += fmt::format(" x {}", result.count);
  }
  return text.empty() ? "none" : text;
}

std::string windows_text(const Program& program) {
  std::string text;
  for (const WindowDeclaration& window : program.windows) {
    text += fmt::format("{}{} {} words {}..{}", text.empty() ? "" : ", ", window.name,
                        access_name(window.access), window.first,
                        std::uint64_t{window.first} + window.count - 1);
  }
  return text.empty() ? "none" : text;
}

std::string emit_text(const Program& program, const ProgramBounds& bounds) {
  const std::string most = fmt::format("at most {} records a tile", bounds.records_per_tile);
  return program.emit_budget ? fmt::format("{}, budget {}", most, *program.emit_budget) : most;
}

// JSON has no way to hold bytes that are no UTF-8; they are replaced.
std::string line_of(const ordered_json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string program_text(const std::string& file, const VerifiedProgram& verified) {
  const Program& program = verified.program();
  const ProgramBounds& bounds = verified.bounds();
  const std::pair<std::string_view, std::string> rows[] = {
      {"instructions", std::to_string(program.code.size())},
      {"tables", fmt::format("{}, {} bytes", program.tables.size(), table_bytes(program))},
      {"content hash", hex(content_hash(program))},
      {"fuel", fmt::format("{} a tile", bounds.fuel_per_tile)},
      {"registers", fmt::format("{} scalar, {} vector, {} mask", bounds.scalar_registers,
                                bounds.vector_registers, bounds.mask_registers)},
      {"loop depth", std::to_string(bounds.loop_depth)},
      {"results", results_text(program)},
      {"windows", windows_text(program)},
      {"carry", fmt::format("{} words", program.carry_words)},
      {"emit", emit_text(program, bounds)},
      {"output", fmt::format("at most {} bytes a tile", bounds.output_per_tile)},
      {"accesses", fmt::format("{} proven, {} checked when they run", bounds.proven_accesses,
                               bounds.checked_accesses)},
      {"tiles", std::string(order_meaning(bounds.order))},
  };
  std::string text = file + ": accepted\n";
  for (const auto& [name, value] : rows) text += fmt::format("  {:<14}{}\n", name, value);
  return text;
}

std::string program_json(const std::string& file, const VerifiedProgram& verified) {
  const Program& program = verified.program();
  const ProgramBounds& bounds = verified.bounds();
  ordered_json results = ordered_json::array();
  for (const ResultDeclaration& result : program.results) {
    results.push_back({{"name", result.name},
                       {"combine", combine_name(result.combine)},
                       {"count", result.count}});
  }
  ordered_json windows = ordered_json::array();
  for (const WindowDeclaration& window : program.windows) {
    windows.push_back({{"name", window.name},
                       {"access", access_name(window.access)},
                       {"first", window.first},
                       {"count", window.count}});
  }
  ordered_json document{{"file", file},
                        {"accepted", true},
                        {"metadata", program.metadata},
                        {"instructions", program.code.size()},
                        {"tables", program.tables.size()},
                        {"table_bytes", table_bytes(program)},
                        {"content_hash", hex(content_hash(program))},
                        {"fuel_per_tile", bounds.fuel_per_tile},
                        {"scalar_registers", bounds.scalar_registers},
                        {"vector_registers", bounds.vector_registers},
                        {"mask_registers", bounds.mask_registers},
                        {"loop_depth", bounds.loop_depth},
                        {"results", std::move(results)},
                        {"windows", std::move(windows)},
                        {"carry_words", program.carry_words},
                        {"emit_budget", nullptr},
                        {"records_per_tile", bounds.records_per_tile},
                        {"output_per_tile", bounds.output_per_tile},
                        {"proven_accesses", bounds.proven_accesses},
                        {"checked_accesses", bounds.checked_accesses},
                        {"tile_order", order_name(bounds.order)}};
  if (program.emit_budget) document["emit_budget"] = *program.emit_budget;
  return line_of(document);
}

std::string problems_json(const std::string& file, const std::vector<ProgramProblem>& problems) {
  ordered_json list = ordered_json::array();
  for (const ProgramProblem& problem : problems) {
    ordered_json row = ordered_json::object();
    if (problem.position.line != 0) {
      row["line"] = problem.position.line;
      row["column"] = problem.position.column;
    }
    if (problem.instruction >= 0) row["instruction"] = problem.instruction;
    row["what"] = problem.what;
    row["fix"] = problem.fix;
    list.push_back(std::move(row));
  }
  return line_of({{"file", file}, {"accepted", false}, {"problems", std::move(list)}});
}

}  // namespace vyre::cli
