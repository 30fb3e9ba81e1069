#include "runtime/replay/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/fault_text.hpp"

namespace vyre::runtime::replay {
namespace {

/// Collects lines up to kMostWords, and counts the others.
class Lines {
 public:
  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    if (lines_.size() == kMostWords) {
      ++more_;
    } else {
      lines_.push_back(fmt::format(format, std::forward<Values>(values)...));
    }
  }
  template <class Value>
  void compare(const std::string& name, const Value& recorded, const Value& now) {
    if (recorded != now) add("{}: {} recorded, {} now", name, recorded, now);
  }
  /// Words of two lists, each named by its index.
  template <class Words, class Name>
  void compare_words(const Words& recorded, const Words& now, Name name) {
    for (std::size_t i = 0; i < std::min(recorded.size(), now.size()); ++i) {
      if (recorded[i] != now[i]) compare(name(i), recorded[i], now[i]);
    }
  }
  std::vector<std::string> take() {
    if (more_ != 0) lines_.push_back(fmt::format("and {} more", more_));
    return std::move(lines_);
  }

 private:
  std::vector<std::string> lines_;
  std::size_t more_ = 0;
};

std::string end_text(const OutcomeRecord& outcome) {
  if (outcome.status == static_cast<u32>(wire::SlotStatus::kDone)) return "done";
  return fmt::format("fault {} ({}), detail {}, tile {}", outcome.fault_code,
                     fault_name(static_cast<wire::FaultCode>(outcome.fault_code)),
                     outcome.fault_detail, outcome.fault_tile);
}

/// "results[7] counts[4]", or "results[0] lines" for a declaration of one word.
std::string result_name(const Program& program, std::size_t index) {
  std::size_t first = 0;
  for (const ResultDeclaration& result : program.results) {
    if (index - first < result.count) {
      if (result.count == 1) return fmt::format("results[{}] {}", index, result.name);
      return fmt::format("results[{}] {}[{}]", index, result.name, index - first);
    }
    first += result.count;
  }
  return fmt::format("results[{}]", index);
}

std::string window_name(const Program& program, std::size_t word) {
  for (const WindowDeclaration& window : program.windows) {
    if (word - window.first < window.count) {
      return fmt::format("window word {} {}[{}]", word, window.name, word - window.first);
    }
  }
  return fmt::format("window word {}", word);
}

void compare_records(Lines& lines, const OutcomeRecord& recorded, const OutcomeRecord& now) {
  lines.compare("records", recorded.record_count, now.record_count);
  if (recorded.records == now.records) return;
  const auto& old_records = recorded.first_records;
  const auto& new_records = now.first_records;
  const std::size_t both = std::min(old_records.size(), new_records.size());
  bool found = false;
  for (std::size_t i = 0; i < both; ++i) {
    if (old_records[i] == new_records[i]) continue;
    found = true;
    lines.add("record {}: offset {} value {} recorded, offset {} value {} now", i,
              old_records[i].offset, old_records[i].value, new_records[i].offset,
              new_records[i].value);
  }
  if (!found && recorded.record_count == now.record_count) {
    lines.add("records: the hash of all differs, the first {} are equal", both);
  }
}

}  // namespace

std::vector<std::string> differences(const Program& program, const OutcomeRecord& recorded,
                                     const OutcomeRecord& now) {
  Lines lines;
  lines.compare("end", end_text(recorded), end_text(now));
  lines.compare("tiles", recorded.tiles, now.tiles);
  // Where one of them faulted there is no more to compare.
  if (recorded.status != now.status) return lines.take();
  lines.compare("result words", recorded.results.size(), now.results.size());
  lines.compare_words(recorded.results, now.results,
                      [&program](std::size_t i) { return result_name(program, i); });
  compare_records(lines, recorded, now);
  lines.compare("carry words", recorded.carry.size(), now.carry.size());
  lines.compare_words(recorded.carry, now.carry,
                      [](std::size_t i) { return fmt::format("carry[{}]", i); });
  lines.compare("output bytes", recorded.output_bytes, now.output_bytes);
  if (recorded.output_bytes == now.output_bytes && recorded.output != now.output) {
    lines.add("output: {} bytes of another hash", now.output_bytes);
  }
  lines.compare("fuel", recorded.fuel, now.fuel);
  return lines.take();
}

std::vector<std::string> window_differences(const Program& program,
                                            const std::vector<u32>& recorded,
                                            const std::vector<u32>& now) {
  Lines lines;
  lines.compare_words(recorded, now,
                      [&program](std::size_t word) { return window_name(program, word); });
  return lines.take();
}

}  // namespace vyre::runtime::replay
