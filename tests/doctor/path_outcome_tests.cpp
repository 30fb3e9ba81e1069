// What `--require` and device paths come to, with made-up attempts.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "doctor/diagnose.hpp"
#include "doctor/path_outcome.hpp"
#include "tests/doctor/fake_tree.hpp"
#include "tests/doctor/told.hpp"

namespace vyre::doctor {
namespace {

using Asked = std::pair<PathChoice, std::string>;

/// Attempts of which only those in `work` succeed; each is remembered.
struct MadeUp {
  std::vector<Asked> work;
  std::vector<Asked> asked = {};

  TryPath attempt() {
    return [this](PathChoice way, const std::string& path) -> Result<std::string> {
      asked.emplace_back(way, path);
      for (const Asked& good : work) {
        if (good == asked.back()) return "read " + path;
      }
      return tl::unexpected(unavailable("no way to " + path, "go elsewhere"));
    };
  }
};

constexpr const char* kDevice = "/dev/null";

TEST(TryPaths, TriesAllWaysOnDevicesAndTheRequiredOnesOnAll) {
  MadeUp none{.work = {}};
  const std::vector<std::string> paths = {kDevice, "/"};
  EXPECT_EQ(try_paths(paths, {}, none.attempt()).size(), 3u);
  const std::vector<PathChoice> required = {PathChoice::kPeer};
  const auto outcomes = try_paths(paths, required, none.attempt());
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_EQ(outcomes[3].path, "/");
  EXPECT_EQ(outcomes[3].choice, PathChoice::kPeer);
}

TEST(OutcomeRow, TellsWhatWasReadOrWhyNothingWas) {
  const Row good = outcome_row({PathChoice::kPassthrough, "/dev/ng0n1", std::string("LBA 0 read")});
  EXPECT_EQ(good.name, "passthrough:/dev/ng0n1");
  expect_row(good, {State::kAvailable, {"LBA 0 read"}});
  const Row bad = outcome_row(
      {PathChoice::kPeer, "/data", tl::unexpected(unavailable("nothing arrives", "move it"))});
  EXPECT_EQ(bad.name, "peer:/data");
  expect_row(bad, {State::kUnavailable, {"nothing arrives"}, "move it"});
}

TEST(JudgePaths, AsksEachPathForEachWay) {
  MadeUp some{.work = {{PathChoice::kMapped, kDevice},
                       {PathChoice::kPeer, kDevice},
                       {PathChoice::kPeer, "/"}}};
  const std::vector<std::string> paths = {kDevice, "/"};
  const std::vector<PathChoice> required = {PathChoice::kMapped, PathChoice::kPeer};
  const auto judged = judge_paths(required, try_paths(paths, required, some.attempt()));
  ASSERT_EQ(judged.size(), 4u);
  for (const Requirement& wanted : judged) {
    EXPECT_EQ(wanted.verdict.has_value(), wanted.choice == PathChoice::kPeer || wanted.path != "/");
  }
}

class JudgeMachine : public testing::Test {
 protected:
  std::vector<Requirement> judge(PathChoice way, MadeUp& attempts) {
    const std::vector<PathChoice> required = {way};
    return judge_machine({}, tree_, required, attempts.attempt());
  }

  NvmeTree tree_{.controllers = {}, .namespaces = {{"ng0n1", "nvme0n1"}, {"ng1n1", ""}}};
};

TEST_F(JudgeMachine, IsContentWithTheFirstThatWorks) {
  MadeUp second{.work = {{PathChoice::kPassthrough, "/dev/ng1n1"}}};
  const auto judged = judge(PathChoice::kPassthrough, second);
  ASSERT_EQ(judged.size(), 1u);
  ASSERT_TRUE(judged[0].verdict);
  EXPECT_EQ(*judged[0].verdict, "read /dev/ng1n1");
  EXPECT_EQ(second.asked.size(), 2u);
}

TEST_F(JudgeMachine, GivesTheReasonsOfAllWhereNoneDoes) {
  MadeUp none{.work = {}};
  const auto judged = judge(PathChoice::kPeer, none);
  ASSERT_EQ(judged.size(), 1u);
  ASSERT_FALSE(judged[0].verdict);
  EXPECT_EQ(
      judged[0].verdict.error().what,
      "no way to /dev/ng0n1 (/dev/ng0n1); no way to /dev/ng1n1 (/dev/ng1n1); no way to . (.)");
  EXPECT_EQ(judged[0].verdict.error().fix, "go elsewhere");
}

TEST_F(JudgeMachine, TellsAReasonThatSeveralHaveOnce) {
  const std::vector<PathChoice> required = {PathChoice::kPassthrough};
  const auto judged =
      judge_machine({}, tree_, required, [](PathChoice, const std::string&) -> Result<std::string> {
        return tl::unexpected(unavailable("the kernel is too old", "boot another"));
      });
  ASSERT_EQ(judged.size(), 1u);
  ASSERT_FALSE(judged[0].verdict);
  EXPECT_EQ(judged[0].verdict.error().what, "the kernel is too old (/dev/ng0n1, /dev/ng1n1)");
}

TEST_F(JudgeMachine, KnowsThatCommandsNeedANamespace) {
  tree_.namespaces.clear();
  MadeUp none{.work = {}};
  const auto judged = judge(PathChoice::kPassthrough, none);
  ASSERT_EQ(judged.size(), 1u);
  EXPECT_FALSE(judged[0].verdict);
  EXPECT_TRUE(none.asked.empty());
}

TEST_F(JudgeMachine, TriesOrdinaryReadsInTheCurrentFolder) {
  MadeUp here{.work = {{PathChoice::kMapped, "."}}};
  const auto judged = judge(PathChoice::kMapped, here);
  ASSERT_EQ(judged.size(), 1u);
  EXPECT_TRUE(judged[0].verdict);
}

TEST(Diagnose, AsksForEachPathOnceAndTellsWhatIsMissing) {
  MadeUp only{.work = {{PathChoice::kMapped, kDevice}}};
  const Trials trials{.identify = identify_namespace, .try_path = only.attempt()};
  const FakeTree empty;
  const Question question{.paths = {kDevice},
                          .required = {PathChoice::kMapped},
                          .about_paths = true,
                          .roots = empty.roots()};
  const Report met = diagnose(question, trials);
  EXPECT_EQ(only.asked.size(), 3u);
  EXPECT_EQ(met.requirements.size(), 1u);
  EXPECT_TRUE(meets_requirements(met));
  EXPECT_EQ(row_named(met.rows, "mapped:/dev/null").state, State::kAvailable);
  EXPECT_EQ(row_named(met.rows, "peer:/dev/null").state, State::kUnavailable);
  EXPECT_EQ(row_named(met.rows, "nvme").state, State::kUnavailable);

  Question more = question;
  more.required.push_back(PathChoice::kPeer);
  EXPECT_FALSE(meets_requirements(diagnose(more, trials)));
}

}  // namespace
}  // namespace vyre::doctor
