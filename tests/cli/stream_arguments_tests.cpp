#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/stream_arguments.hpp"

namespace vyre::cli {
namespace {

using ::testing::HasSubstr;

StreamArguments parsed(std::vector<std::string> words) {
  StreamArguments arguments;
  CLI::App app;
  declare_stream_arguments(app, arguments);
  std::reverse(words.begin(), words.end());
  app.parse(words);
  return arguments;
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    parsed(words);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "taken";
}

TEST(StreamArguments, LeaveAllOpenByDefault) {
  const StreamArguments arguments = parsed({});
  EXPECT_EQ(arguments.threads, 0u);
  EXPECT_EQ(arguments.io, IoPolicy::kAuto);
  EXPECT_EQ(arguments.backend.kind, BackendKind::kAuto);
  EXPECT_EQ(arguments.backend.device, "");
  EXPECT_TRUE(check_stream_arguments(arguments).has_value());
}

TEST(StreamArguments, ChooseTheBackend) {
  struct Case {
    std::vector<std::string> words;
    BackendKind kind;
    std::string device;
    bool agree;
  };
  const std::vector<Case> cases = {
      {{"--backend", "auto"}, BackendKind::kAuto, "", true},
      {{"--backend", "cpu"}, BackendKind::kCpu, "", true},
      {{"--backend=cuda"}, BackendKind::kCuda, "", true},
      {{"--device", "1"}, BackendKind::kAuto, "1", true},
      {{"--backend", "cuda", "--device", "GPU-1a2b"}, BackendKind::kCuda, "GPU-1a2b", true},
      {{"--device=GPU-1a2b", "--backend", "auto"}, BackendKind::kAuto, "GPU-1a2b", true},
      {{"--device", "0", "--backend", "cpu"}, BackendKind::kCpu, "0", false},
  };
  for (const Case& c : cases) {
    const StreamArguments arguments = parsed(c.words);
    EXPECT_EQ(arguments.backend.kind, c.kind) << c.words.front();
    EXPECT_EQ(arguments.backend.device, c.device) << c.words.front();
    const Status checked = check_stream_arguments(arguments);
    EXPECT_EQ(checked.has_value(), c.agree) << c.words.front();
    if (!checked) {
      EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    }
  }
}

TEST(StreamArguments, RefuseOtherWordsAndSayWhichThereAre) {
  struct Case {
    std::vector<std::string> words;
    std::vector<std::string> told;
  };
  const std::vector<Case> cases = {
      {{"--backend", "cud"}, {"--backend", "'cud'", "auto, cpu, cuda", "did you mean cuda?"}},
      {{"--backend", "cpuu"}, {"did you mean cpu?"}},
      {{"--backend", "gpu"}, {"did you mean cpu?"}},
      {{"--backend", "CUDA"}, {"'CUDA' is none of auto, cpu, cuda"}},
      {{"--backend", ""}, {"'' is none of"}},
      {{"--io", "direkt"}, {"--io", "auto, buffered, direct", "did you mean direct?"}},
      {{"--device", ""}, {"--device", "UUID"}},
      {{"--device"}, {"--device"}},
  };
  for (const Case& c : cases) {
    const std::string told = refusal(c.words);
    for (const std::string& text : c.told) EXPECT_THAT(told, HasSubstr(text));
  }
  EXPECT_THAT(refusal({"--backend", "quantum"}), ::testing::Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace vyre::cli
