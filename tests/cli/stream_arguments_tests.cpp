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
  EXPECT_EQ(arguments.path, PathChoice::kAuto);
  EXPECT_EQ(arguments.ring, RingProfile::kDefault);
  EXPECT_FALSE(arguments.blocks.has_value());
  EXPECT_EQ(arguments.peer, "");
  EXPECT_EQ(arguments.deadline.count(), 0);
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

TEST(StreamArguments, ChooseThePath) {
  const std::pair<const char*, PathChoice> paths[] = {{"auto", PathChoice::kAuto},
                                                      {"mapped", PathChoice::kMapped},
                                                      {"passthrough", PathChoice::kPassthrough},
                                                      {"peer", PathChoice::kPeer}};
  for (const auto& [word, path] : paths) EXPECT_EQ(parsed({"--path", word}).path, path) << word;
  const std::pair<const char*, RingProfile> rings[] = {{"default", RingProfile::kDefault},
                                                       {"sqpoll", RingProfile::kSqPoll},
                                                       {"iopoll", RingProfile::kIoPoll}};
  for (const auto& [word, ring] : rings) EXPECT_EQ(parsed({"--ring", word}).ring, ring) << word;
  EXPECT_EQ(parsed({"--lba", "2048:4096"}).blocks, (BlockRange{2048, 4096}));
  EXPECT_EQ(parsed({"--peer", "0000:03:00.0"}).peer, "0000:03:00.0");
}

TEST(StreamArguments, NameTheTwoThatContradictEachOther) {
  struct Case {
    std::vector<std::string> words;
    std::vector<std::string> told;
  };
  const std::vector<Case> cases = {
      {{"--io", "buffered", "--path", "passthrough"}, {"--io buffered", "--path passthrough"}},
      {{"--io", "buffered", "--path", "peer"}, {"--io buffered", "--path peer"}},
      {{"--io", "buffered", "--ring", "iopoll"}, {"--io buffered", "--ring iopoll"}},
      {{"--peer", "0000:03:00.0"}, {"--peer is given without --path peer"}},
      {{"--peer", "0000:03:00.0", "--path", "mapped"}, {"--peer is given without --path peer"}},
      {{"--peer", "0000:03:00.0", "--path", "peer", "--backend", "cuda"},
       {"--peer", "--backend cuda"}},
      {{"--io", "buffered", "--path", "mapped"}, {}},
      {{"--io", "direct", "--path", "peer", "--ring", "iopoll"}, {}},
      {{"--peer", "0000:03:00.0", "--path", "peer", "--backend", "cpu"}, {}},
  };
  for (const Case& c : cases) {
    const Status checked = check_stream_arguments(parsed(c.words));
    ASSERT_EQ(checked.has_value(), c.told.empty()) << c.words.back();
    if (checked) continue;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(checked.error().fix.empty());
    for (const std::string& text : c.told) EXPECT_THAT(checked.error().what, HasSubstr(text));
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
      {{"--path", "pear"}, {"--path", "auto, mapped, passthrough, peer", "did you mean peer?"}},
      {{"--ring", "polling"}, {"--ring", "default, sqpoll, iopoll"}},
      {{"--lba", "5"}, {"--lba", "'5' is no range of blocks", "FIRST:COUNT"}},
      {{"--lba", "5:0"}, {"a range of no blocks"}},
      {{"--lba", "18446744073709551615:2"}, {"does not fit 64 bits"}},
      {{"--lba"}, {"--lba"}},
      {{"--peer", ""}, {"--peer", "PCI address"}},
  };
  for (const Case& c : cases) {
    const std::string told = refusal(c.words);
    for (const std::string& text : c.told) EXPECT_THAT(told, HasSubstr(text));
  }
  EXPECT_THAT(refusal({"--backend", "quantum"}), ::testing::Not(HasSubstr("did you mean")));
}

TEST(StreamArguments, TellWhereTheTraceGoes) {
  EXPECT_EQ(parsed({}).trace, "");
  EXPECT_EQ(parsed({"--trace", "slots.json"}).trace, "slots.json");
  EXPECT_THAT(refusal({"--trace", ""}), HasSubstr("a trace is written to a file"));
  const Status both = check_stream_arguments(parsed({"--trace", "one", "--record", "one"}));
  ASSERT_FALSE(both.has_value());
  EXPECT_THAT(both.error().what, HasSubstr("--trace and --record"));
  EXPECT_TRUE(check_stream_arguments(parsed({"--trace", "one", "--record", "two"})).has_value());
}

TEST(StreamArguments, TakeDurations) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parsed({"--deadline", "1.5s"}).deadline, 1500ms);
  EXPECT_EQ(parsed({"--hang-after=50ms"}).backend.hang_after, 50ms);
  EXPECT_EQ(parsed({}).backend.hang_after, 30s);
  EXPECT_THAT(refusal({"--hang-after", "never"}), HasSubstr("'never' is no duration"));
  EXPECT_THAT(refusal({"--deadline", "5"}), HasSubstr("'5' is no duration"));
  EXPECT_THAT(refusal({"--deadline", "0s"}), HasSubstr("no time at all"));
  EXPECT_THAT(refusal({"--deadline"}), Not(HasSubstr("taken")));
}

}  // namespace
}  // namespace vyre::cli
