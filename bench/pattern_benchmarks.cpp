// What a scan pays before its first byte: compiling patterns, and verifying the program they make.

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "vyre/pattern_program.hpp"

namespace {

/// `count` words of 6 to 12 letters, the same in every run.
std::vector<std::string> words(std::int64_t count) {
  std::mt19937 random(20261120);
  std::vector<std::string> made;
  for (std::int64_t n = 0; n < count; ++n) {
    std::string& word = made.emplace_back(6 + random() % 7, ' ');
    for (char& letter : word) letter = static_cast<char>('a' + random() % 26);
  }
  return made;
}

void compile_words(benchmark::State& state) {
  const std::vector<std::string> patterns = words(state.range(0));
  for (auto _ : state) {
    auto program = vyre::candidate_program(patterns);
    if (!program) state.SkipWithError(program.error().message().c_str());
    benchmark::DoNotOptimize(program);
  }
}
BENCHMARK(compile_words)->Arg(1)->Arg(10)->Arg(100)->Arg(500)->Unit(benchmark::kMicrosecond);

void verify_words(benchmark::State& state) {
  const auto program = vyre::candidate_program(words(state.range(0)));
  if (!program) {
    state.SkipWithError(program.error().message().c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(vyre::verify(program->program()));
}
BENCHMARK(verify_words)->Arg(1)->Arg(10)->Arg(100)->Arg(500)->Unit(benchmark::kMicrosecond);

void encode_and_decode_words(benchmark::State& state) {
  const auto program = vyre::candidate_program(words(state.range(0)));
  if (!program) {
    state.SkipWithError(program.error().message().c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(vyre::decode(vyre::encode(program->program())));
}
BENCHMARK(encode_and_decode_words)->Arg(10)->Arg(500)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
