#include "tests/oracle/file_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <type_traits>

namespace vyre::oracle {
namespace {

std::string text_of(const std::optional<NaiveFault>& fault) {
  if (!fault) return "no fault";
  return fmt::format("fault {} at instruction {} in tile {}", static_cast<u32>(fault->code),
                     fault->instruction, fault->tile);
}

template <std::integral Number>
std::string text_of(Number number) {
  return fmt::format("{:#x}", static_cast<std::make_unsigned_t<Number>>(number));
}

std::string text_of(const NaiveRecord& record) {
  return fmt::format("{{{}, {:#x}}}", record.offset, record.value);
}

template <typename Sequence>
std::optional<std::string> sequence_difference(const char* name, const Sequence& expected,
                                               const Sequence& actual) {
  const std::size_t common = std::min(expected.size(), actual.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (expected[i] == actual[i]) continue;
    return fmt::format("{} {}: expected {}, is {}", name, i, text_of(expected[i]),
                       text_of(actual[i]));
  }
  if (expected.size() == actual.size()) return std::nullopt;
  return fmt::format("{}: expected {} of them, are {}", name, expected.size(), actual.size());
}

}  // namespace

FileAnswer answer_of(const NaiveRun& run) {
  u64 fuel = 0;
  for (const auto& [op, count] : run.used.executed) fuel += count * vir0::fuel_of(op);
  return {run.fault, run.results, run.records, run.output, run.window, fuel};
}

FileAnswer answer_of(const testing::FileRun& run, std::vector<u32> window) {
  FileAnswer answer;
  answer.window = std::move(window);
  if (run.fault_code != 0) {
    answer.fault = NaiveFault{static_cast<wire::FaultCode>(run.fault_code), run.fault_instruction,
                              run.fault_tile};
    return answer;
  }
  answer.results = run.results;
  answer.fuel = run.fuel;
  for (const auto& record : run.records) answer.records.push_back({record.offset, record.value});
  for (const std::byte byte : run.output) answer.output.push_back(static_cast<char>(byte));
  return answer;
}

std::optional<std::string> first_difference(const FileAnswer& expected, const FileAnswer& actual) {
  if (expected.fault != actual.fault) {
    return fmt::format("expected {}, is {}", text_of(expected.fault), text_of(actual.fault));
  }
  if (expected.fault) return std::nullopt;
  auto difference = sequence_difference("result word", expected.results, actual.results);
  if (!difference) difference = sequence_difference("record", expected.records, actual.records);
  if (!difference) difference = sequence_difference("output byte", expected.output, actual.output);
  if (!difference) difference = sequence_difference("window word", expected.window, actual.window);
  if (!difference && expected.fuel != actual.fuel) {
    difference = fmt::format("fuel: expected {}, is {}", expected.fuel, actual.fuel);
  }
  return difference;
}

}  // namespace vyre::oracle
