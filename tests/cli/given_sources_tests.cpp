#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/given_sources.hpp"
#include "tests/ingest/temporary_tree.hpp"

namespace vyre::cli {
namespace {

using ::testing::HasSubstr;

// Every machine has this character device.
constexpr const char* kDevice = "/dev/null";

class GivenSourcesTest : public ::testing::Test {
 protected:
  test::TemporaryTree tree_;
  const std::string file_ = tree_.add("file", "text").path;
  const std::string folder_ = tree_.path("");
};

TEST_F(GivenSourcesTest, CountDevicesAndOthers) {
  struct Case {
    std::vector<std::string> paths;
    std::uint32_t devices;
    std::uint32_t others;
  };
  const Case cases[] = {
      {{}, 0, 1},
      {{file_}, 0, 1},
      {{folder_, file_}, 0, 2},
      {{kDevice}, 1, 0},
      {{kDevice, kDevice, file_}, 2, 1},
      {{tree_.path("missing")}, 0, 1},
  };
  for (const Case& c : cases) {
    const auto sources = look_at_sources(c.paths, {});
    ASSERT_TRUE(sources);
    EXPECT_EQ(sources->devices, c.devices);
    EXPECT_EQ(sources->others, c.others);
  }
}

TEST_F(GivenSourcesTest, RefuseWhatOnlyDevicesCanDo) {
  struct Option {
    StreamArguments arguments;
    const char* name;
  };
  const Option options[] = {
      {{.blocks = BlockRange{0, 8}}, "--lba"},
      {{.path = PathChoice::kPassthrough}, "--path passthrough"},
      {{.ring = RingProfile::kIoPoll}, "--ring iopoll"},
  };
  for (const Option& option : options) {
    EXPECT_TRUE(look_at_sources({kDevice}, option.arguments)) << option.name;
    EXPECT_TRUE(look_at_sources({kDevice, tree_.path("missing")}, option.arguments))
        << "what is not there is the walk's to tell";
    for (const auto& [path, kind] :
         {std::pair{file_, "a regular file"}, std::pair{folder_, "a directory"}}) {
      const auto refused = look_at_sources({kDevice, path}, option.arguments);
      ASSERT_FALSE(refused) << option.name;
      EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
      EXPECT_THAT(refused.error().what, HasSubstr(option.name));
      EXPECT_THAT(refused.error().what, HasSubstr(path + " is " + kind));
    }
    const auto none = look_at_sources({}, option.arguments);
    ASSERT_FALSE(none) << option.name;
    EXPECT_THAT(none.error().what, HasSubstr(option.name));
  }
}

TEST_F(GivenSourcesTest, MakeTheSessionsOptions) {
  const StreamArguments arguments{.threads = 3,
                                  .io = IoPolicy::kDirect,
                                  .path = PathChoice::kPeer,
                                  .ring = RingProfile::kSqPoll,
                                  .peer = "0000:03:00.0",
                                  .backend = {.kind = BackendKind::kCpu}};
  const SessionOptions mixed = session_options(arguments, {.devices = 2, .others = 1});
  EXPECT_EQ(mixed.rings, 3u);
  EXPECT_EQ(mixed.workers, 3u);
  EXPECT_EQ(mixed.most_rings, 0u);
  EXPECT_EQ(mixed.io, IoPolicy::kDirect);
  EXPECT_EQ(mixed.path, PathChoice::kPeer);
  EXPECT_EQ(mixed.ring, RingProfile::kSqPoll);
  EXPECT_EQ(mixed.peer_device, "0000:03:00.0");
  EXPECT_EQ(mixed.backend.kind, BackendKind::kCpu);
  EXPECT_TRUE(mixed.devices);
  EXPECT_FALSE(session_options(arguments, {.devices = 0, .others = 1}).devices);
  EXPECT_EQ(session_options(arguments, {.devices = 2, .others = 0}).most_rings, 2u);
}

}  // namespace
}  // namespace vyre::cli
